import Foundation
import OxbowProtocol
import OxbowWire
import ZeroMQ

/// Somebody who means a broker harm, again and again.
struct HostilePeer: Sendable {
    var name: String
    /// One attack, which comes to an end by itself.
    var attack: @Sendable (inout Attacker) throws -> Void

    /// What an attack needs: where to, what came before, and numbers that a seed repeats.
    struct Attacker: RandomNumberGenerator {
        let endpoint: String
        let seed: UInt64
        var pass = 0
        private var state: UInt64

        init(endpoint: String, seed: UInt64) {
            (self.endpoint, self.seed) = (endpoint, seed)
            state = seed
        }

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }

        mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 24) } }
    }
}

extension HostilePeer {
    /// A connection of its own. It waits a little when it closes, so that what was sent goes out.
    static func dealer(_ attacker: Attacker, linger: Duration = .milliseconds(500), receiveQueue: Int32? = nil) throws -> Socket {
        var options = SocketOptions()
        options.linger = linger
        options.receiveQueue = receiveQueue
        options.sendQueue = 10_000
        let socket = try Socket(Context(), .dealer, options)
        try socket.connect(attacker.endpoint)
        return socket
    }

    static func frames(_ envelope: Envelope, _ message: ControlMessage) throws -> [Message] {
        [Message(copying: try EnvelopeCodec.encode(envelope)), Message(copying: try ControlCodec.encode(message))]
    }

    static func hello(_ name: String, _ lane: Lane, nonce: UInt64, tags: [String: String] = [:]) -> ControlMessage {
        .hello(
            Hello(
                workerID: name, role: .edge, tier: "stranger", lane: lane, nonce: nonce,
                capabilities: Capabilities(tags: tags),
                data: DataForm(samples: 60, height: 16, width: 16, channels: 1, classes: 3)))
    }

    /// The broker's next control message, or nil if it says nothing for a while.
    static func answer(on socket: Socket) throws -> ControlMessage? {
        var poller = Poller()
        _ = poller.add(socket)
        while poller.wait(.seconds(2)) > 0, let received = socket.receive(maxFrames: 2), received.frames.count == 2 {
            guard case .control = try received.frames[0].withBytes(EnvelopeCodec.decode).content else { continue }
            return try received.frames[1].withBytes { try ControlCodec.decode($0) }
        }
        return nil
    }

    /// Waits until the broker has heard all that was sent on a connection: else attackers only race it for file descriptors.
    static func settle(_ socket: Socket) throws {
        let last = Hello(
            lowestVersion: 90, highestVersion: 90, workerID: "last", role: .edge, tier: "stranger", lane: .control, nonce: 1)
        _ = socket.send(try frames(Envelope(content: .control), .hello(last)))
        while let answer = try answer(on: socket) { if case .error(.versionMismatch, _) = answer { return } }
    }

    /// A stranger that was let in, under a name that nobody else has.
    struct Session {
        var control: Socket
        var bulk: Socket
        var welcome: Welcome

        func envelope(_ content: Envelope.Content) -> Envelope {
            Envelope(sender: welcome.member, sessionEpoch: welcome.sessionEpoch, content: content)
        }
    }

    /// nil if the broker is too busy to answer.
    static func session(_ attacker: inout Attacker, _ name: String) throws -> Session? {
        let (control, bulk) = (try dealer(attacker), try dealer(attacker, receiveQueue: 1))
        let nonce = attacker.next()
        _ = control.send(try frames(Envelope(content: .control), hello(name, .control, nonce: nonce)))
        guard case .welcome(let welcome)? = try answer(on: control) else { return nil }
        _ = bulk.send(try frames(Envelope(content: .control), hello(name, .bulk, nonce: nonce)))
        return Session(control: control, bulk: bulk, welcome: welcome)
    }
}
