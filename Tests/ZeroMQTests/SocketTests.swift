import Foundation
import Testing

@testable import ZeroMQ

@Suite(.serialized) struct SocketTests {
    let fixture = Fixture()

    @Test(arguments: ["tcp://127.0.0.1:*", "ipc", "inproc://broker"])
    func aMessageOfSeveralFramesArrivesWholeAndIsAnswered(_ transport: String) throws {
        let router = try fixture.socket(.router) { $0.routerMandatory = true }
        let endpoint = try router.bind(transport == "ipc" ? fixture.ipcEndpoint : transport)
        let dealer = try fixture.socket(.dealer)
        try dealer.connect(endpoint)
        try Fixture.deliver(dealer, [Message("envelope"), Message(), Message("body")])

        let received = try Fixture.next(router)
        #expect(received.frames.dropFirst().map(\.text) == ["envelope", "", "body"] && received.droppedFrames == 0)
        #expect(router.send(to: received.frames[0].copyBytes(), [Message("answer")]) == .sent)
        #expect(try Fixture.next(dealer).frames.map(\.text) == ["answer"])
        #expect(dealer.receive() == nil, "there is nothing more")
    }

    @Test func theBoundPortIsTold() throws {
        let router = try fixture.socket(.router)
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        #expect(endpoint.wholeMatch(of: /tcp:\/\/127\.0\.0\.1:[1-9][0-9]+/) != nil, "\(endpoint)")
        #expect(router.boundEndpoint == endpoint)
    }

    @Test func aMandatoryRouterSaysThatItKnowsNoSuchPeer() throws {
        let router = try fixture.socket(.router) { $0.routerMandatory = true }
        try router.bind("inproc://nobody")
        let body = Message("body")
        #expect(router.send(to: [1, 2, 3], [body]) == .unreachable)
        #expect(body.text == "body", "the frames are untouched")
    }

    @Test func aFullQueueWouldBlockAndLosesNothing() throws {
        let router = try fixture.socket(.router) { $0.receiveQueue = 1 }
        try router.bind("inproc://full")
        let dealer = try fixture.socket(.dealer) { $0.sendQueue = 2 }
        try dealer.connect("inproc://full")
        var sent = 0
        let frames = { (number: Int) in [Message("\(number)"), Message("more")] }
        while dealer.send(frames(sent)) == .sent {
            sent += 1
            try #require(sent < 1000, "the queue has no end")
        }
        #expect(sent >= 1 && sent <= 3, "\(sent) messages went into queues of 1 + 2")
        let blocked = frames(sent)
        #expect(dealer.send(blocked) == .wouldBlock)
        #expect(blocked.map(\.text) == ["\(sent)", "more"], "the frames are untouched")
        for number in 0..<sent {
            #expect(try Fixture.next(router).frames.dropFirst().map(\.text) == ["\(number)", "more"])
        }
        try Fixture.deliver(dealer, blocked)
        #expect(try Fixture.next(router).frames.dropFirst().first?.text == "\(sent)")
    }

    @Test func aRouterWouldBlockForOnePeerOnly() throws {
        let router = try fixture.socket(.router) {
            $0.routerMandatory = true
            $0.sendQueue = 1
        }
        try router.bind("inproc://one-peer")
        let peers = try ["slow", "quick"].map { name in
            let dealer = try fixture.socket(.dealer) {
                $0.routingID = Array(name.utf8)
                $0.receiveQueue = 1
            }
            try dealer.connect("inproc://one-peer")
            try Fixture.deliver(dealer, [Message("hello")])
            #expect(try Fixture.next(router).frames.first?.text == name)
            return dealer
        }
        var sent = 0
        while router.send(to: Array("slow".utf8), [Message("x")]) == .sent, sent < 1000 { sent += 1 }
        #expect(router.send(to: Array("slow".utf8), [Message("x")]) == .wouldBlock)
        #expect(router.send(to: Array("quick".utf8), [Message("y")]) == .sent)
        #expect(try Fixture.next(peers[1]).frames.map(\.text) == ["y"])
    }

    @Test func withNobodyConnectedASendWouldBlock() throws {
        let dealer = try fixture.socket(.dealer) { $0.immediate = true }
        try dealer.connect(fixture.ipcEndpoint)
        #expect(dealer.send([Message("x")]) == .wouldBlock)
    }

    @Test func whoSendsTooLargeAFrameIsDisconnected() throws {
        let router = try fixture.socket(.router) {
            $0.routerMandatory = true
            $0.maxMessageBytes = 1000
        }
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        let dealer = try fixture.socket(.dealer) {
            $0.routingID = Array("large".utf8)
            $0.reconnectInterval = .seconds(100)
        }
        try dealer.connect(endpoint)
        try Fixture.deliver(dealer, [Message(copying: [UInt8](repeating: 1, count: 1000))])
        #expect(try Fixture.next(router).frames.last?.byteCount == 1000)
        try Fixture.deliver(dealer, [Message(copying: [UInt8](repeating: 1, count: 1001))])
        let deadline = ContinuousClock.now + .seconds(10)
        var poller = Poller()
        _ = poller.add(router)
        // The disconnection shows in the router no longer knowing the peer.
        while router.send(to: Array("large".utf8), [Message("still there?")]) != .unreachable {
            try #require(ContinuousClock.now < deadline, "the peer is still connected")
            poller.wait(.milliseconds(10))
        }
        #expect(router.receive() == nil, "the frame did not arrive")
    }

    @Test func framesBeyondTheLimitAreDroppedAndCounted() throws {
        let router = try fixture.socket(.router)
        try router.bind("inproc://frames")
        let dealer = try fixture.socket(.dealer)
        try dealer.connect("inproc://frames")
        try Fixture.deliver(dealer, (0..<20).map { Message("\($0)") })
        try Fixture.deliver(dealer, [Message("next")])
        var poller = Poller()
        _ = poller.add(router)
        poller.wait(.seconds(10))
        let received = try #require(router.receive(maxFrames: 3))
        #expect(received.frames.dropFirst().map(\.text) == ["0", "1"] && received.droppedFrames == 18)
        #expect(try Fixture.next(router).frames.last?.text == "next")
    }

    @Test func anAddressInUseIsATypedError() throws {
        let first = try fixture.socket(.router)
        let endpoint = try first.bind("tcp://127.0.0.1:*")
        let second = try fixture.socket(.router)
        let error = try #require(throws: ZeroMQError.self) { try second.bind(endpoint) }
        #expect(error.code == .addressInUse)
        #expect("\(error)" == "Unable to bind '\(endpoint)': Address already in use.")
        first.close()
        // The I/O thread closes the listener a moment later.
        let deadline = ContinuousClock.now + .seconds(10)
        while (try? second.bind(endpoint)) == nil {
            try #require(ContinuousClock.now < deadline, "the address was not given back")
        }
    }

    @Test func endpointsThatCannotBeReadAreTypedErrors() throws {
        let socket = try fixture.socket(.dealer)
        for endpoint in ["tcp:/127.0.0.1", "carrier-pigeon://loft", "tcp://127.0.0.1:notaport", ""] {
            let error = try #require(throws: ZeroMQError.self) { try socket.connect(endpoint) }
            #expect(error.code == .invalidEndpoint, "\(endpoint): \(error)")
        }
        let error = try #require(throws: ZeroMQError.self) { try socket.bind("tcp://192.0.2.1:5555") }
        #expect(error.code == .addressNotAvailable)
    }

    @Test func curveLetsInWhoKnowsTheServersKeyOnly() throws {
        try #require(Context.has("curve"))
        let server = CurveKey.makePair()
        let client = CurveKey.makePair()
        let router = try fixture.socket(.router) { $0.security = .curveServer(secretKey: server.secretKey) }
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        let stranger = try fixture.socket(.dealer)
        try stranger.connect(endpoint)
        _ = stranger.send([Message("plain")])
        let friend = try fixture.socket(.dealer) {
            $0.security = .curveClient(
                serverKey: server.publicKey, publicKey: client.publicKey, secretKey: client.secretKey)
        }
        try friend.connect(endpoint)
        try Fixture.deliver(friend, [Message("secret")])
        #expect(try Fixture.next(router).frames.last?.text == "secret")
        #expect(router.receive() == nil, "nothing of the stranger")
        #expect(CurveKey(z85: server.publicKey.z85) == server.publicKey && CurveKey(z85: "short") == nil)
    }
}
