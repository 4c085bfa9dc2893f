import Testing

@testable import ZeroMQ

/// Whom a CURVE server lets in, and what clients are told.
@Suite struct AuthenticationTests {
    private let fixture = Fixture()
    private let server = CurveKey.makePair()

    /// A router, and the socket that is asked whom to let in.
    private func listen() throws -> (router: Socket, gate: Socket, endpoint: String) {
        let gate = try fixture.socket(.reply)
        try gate.bind(AuthenticationRequest.endpoint)
        let router = try fixture.socket(.router) { $0.security = .curveServer(secretKey: server.secretKey) }
        return (router, gate, try router.bind("tcp://127.0.0.1:*"))
    }

    private func client(
        _ endpoint: String, knows key: CurveKey? = nil, _ pair: (publicKey: CurveKey, secretKey: CurveKey)
    ) throws -> (socket: Socket, monitor: Socket) {
        let socket = try fixture.socket(.dealer) {
            $0.security = .curveClient(
                serverKey: key ?? server.publicKey, publicKey: pair.publicKey, secretKey: pair.secretKey)
        }
        return try (socket, watched(socket, endpoint))
    }

    private func watched(_ socket: Socket, _ endpoint: String) throws -> Socket {
        let place = "inproc://watch-\(UInt64.random(in: 0...UInt64.max))"
        try socket.tellHandshakes(at: place)
        let monitor = try fixture.socket(.pair)
        try monitor.connect(place)
        try socket.connect(endpoint)
        return monitor
    }

    private func next(_ monitor: Socket) throws -> HandshakeEvent {
        var poller = Poller()
        _ = poller.add(monitor)
        while poller.wait(.seconds(20)) > 0 { if let event = monitor.nextHandshakeEvent() { return event } }
        throw ZeroMQError(code: .other(0), operation: "watch", subject: "a handshake", reason: "nothing was told")
    }

    @Test func messagesSayAsWhomTheirConnectionWasLetIn() throws {
        let (router, gate, endpoint) = try listen()
        let (friend, stranger) = (CurveKey.makePair(), CurveKey.makePair())
        let known = try client(endpoint, friend)
        try Fixture.deliver(known.socket, [Message("hello")])
        let request = try #require(AuthenticationRequest(try Fixture.next(gate)))
        #expect(request.publicKey == friend.publicKey)
        #expect(gate.send(request.answer("worker:1")) == .sent)
        let message = try Fixture.next(router)
        #expect(message.frames.last?.text == "hello" && message.frames.last?.userID == "worker:1")
        #expect(try next(known.monitor) == .succeeded)

        let unknown = try client(endpoint, stranger)
        _ = unknown.socket.send([Message("let me in")])
        let refused = try #require(AuthenticationRequest(try Fixture.next(gate)))
        #expect(refused.publicKey == stranger.publicKey && gate.send(refused.answer(nil)) == .sent)
        #expect(try next(unknown.monitor) == .refused)
        #expect(router.receive() == nil)
    }

    @Test func aClientOfAnotherServersKeyIsCutShort() throws {
        let (router, gate, endpoint) = try listen()
        let client = try client(endpoint, knows: CurveKey.makePair().publicKey, CurveKey.makePair())
        _ = client.socket.send([Message("hello")])
        #expect(try next(client.monitor) == .cutShort)
        withExtendedLifetime((router, gate, client.socket)) {}
    }

    @Test func oneSideWithoutEncryptionIsTold() throws {
        let (router, gate, endpoint) = try listen()
        let plain = try fixture.socket(.dealer)
        #expect(try next(watched(plain, endpoint)) == .otherMechanism)
        let open = try fixture.socket(.router)
        let encrypted = try client(try open.bind("tcp://127.0.0.1:*"), CurveKey.makePair())
        #expect(try next(encrypted.monitor) == .otherMechanism)
        withExtendedLifetime((router, gate, plain, open, encrypted.socket)) {}
    }

    @Test func keysAreTextAndBack() throws {
        #expect(server.secretKey.publicKey == server.publicKey)
        #expect(CurveKey(hex: server.publicKey.hex) == server.publicKey && server.publicKey.hex.count == 64)
        for text in ["", "00", server.publicKey.hex + "0", String(server.publicKey.hex.dropLast()) + "g"] {
            #expect(CurveKey(hex: text) == nil)
        }
    }
}
