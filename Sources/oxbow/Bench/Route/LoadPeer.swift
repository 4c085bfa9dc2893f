import OxbowModel
import OxbowProtocol
import OxbowRuntime
import OxbowWire
import ZeroMQ

/// One end of the load: an edge that asks, or the core that answers. The same code drives both middles through it.
protocol LoadPeer: AnyObject {
    /// Waits until everybody is done with the half before; the first call waits for the first half.
    func nextHalf() throws -> (half: HalfStep, term: UInt32)
    func send(_ key: ExchangeKey, _ body: Message) throws
    /// The next bulk message, or nil when none came in time.
    func receive(_ timeout: Duration) throws -> (key: ExchangeKey, body: Message)?
}

/// A member of the real broker: the wire protocol, with everything that a real member's messages make the broker do.
final class BrokerPeer: LoadPeer {
    private let member: PlainMember

    init(_ role: Role, _ name: String, tier: String, connect endpoint: String, security: SocketOptions.Security) throws {
        let data =
            role == .core ? DataForm() : DataForm(samples: 1000, height: 28, width: 28, channels: 1, classes: 10)
        member = try PlainMember(
            MemberIdentity(workerID: name, role: role, tier: tier, data: data), connect: endpoint, security: security,
            nonce: UInt64.random(in: 1...UInt64.max))
    }

    func nextHalf() throws -> (half: HalfStep, term: UInt32) {
        let order = try member.order()
        guard case .half(let half, _) = order.next else {
            throw Failure(.bug, "Unable to go on with the benchmark: the broker ordered \(order.next).")
        }
        try member.heartbeat()
        // As a real worker does after each step.
        if half.half == .discriminator { try member.send(.metrics(StepMetrics(round: half.round, step: half.step))) }
        return (half, order.term)
    }

    func send(_ key: ExchangeKey, _ body: Message) throws {
        guard try member.send(key, body) == .sent else {
            throw Failure(.peer, "Unable to send to the broker: its connection takes nothing.")
        }
    }

    func receive(_ timeout: Duration) throws -> (key: ExchangeKey, body: Message)? { try member.receive(timeout) }
}

/// A peer of the plain forwarder. What the broker's orders do, all edges waiting for each other at the end of a half,
/// `Halves` does inside this process: the forwarder gets it for nothing.
final class ForwarderPeer: LoadPeer {
    private let role: Role
    private let halves: Halves
    private let context = Context()
    private let socket: Socket
    private var poller = Poller()
    /// Of the core: the routing ids that the forwarder put before what each edge sent.
    private var origins: [UInt32: [UInt8]] = [:]
    private var number = 0

    init(_ role: Role, connect endpoint: String, security: SocketOptions.Security, halves: Halves) throws {
        (self.role, self.halves) = (role, halves)
        var options = SocketOptions()
        options.linger = .seconds(1)
        options.security = security
        socket = try Socket(context, .dealer, options)
        try socket.connect(endpoint)
        _ = poller.add(socket)
        guard role == .core else { return }
        // It answers once it knows that this is the core.
        guard socket.send([Message(copying: Forwarder.core)]) == .sent, poller.wait(.seconds(30)) > 0,
            socket.receive(maxFrames: 1) != nil
        else { throw Failure(.network, "Unable to reach the forwarder: it does not answer. Start the benchmark again.") }
    }

    func nextHalf() throws -> (half: HalfStep, term: UInt32) {
        if number > 0 { try halves.wait() }
        defer { number += 1 }
        return (HalfStep(round: 1, step: UInt32(number / 2), half: number % 2 == 0 ? .discriminator : .generator), 1)
    }

    func send(_ key: ExchangeKey, _ body: Message) throws {
        // Member and session as the broker's peers send them, so that the bytes are equal.
        let sender = role == .core ? MemberID.core() : .edge(key.slot)
        let envelope = Envelope(run: .max, sender: sender, sessionEpoch: 1, content: .bulk(key))
        let head = Message(copying: try EnvelopeCodec.encode(envelope))
        let target = role == .core ? [Message(copying: origins[key.slot] ?? [])] : []
        guard socket.send(target + [head, body]) == .sent else {
            throw Failure(.peer, "Unable to send to the forwarder: its connection takes nothing.")
        }
    }

    func receive(_ timeout: Duration) throws -> (key: ExchangeKey, body: Message)? {
        poller.wait(timeout)
        guard var frames = socket.receive(maxFrames: 3)?.frames else { return nil }
        let origin = frames.count == 3 ? frames.removeFirst().copyBytes() : []
        guard frames.count == 2, case .bulk(let key) = try frames[0].withBytes(EnvelopeCodec.decode).content else {
            throw Failure(.bug, "Unable to go on with the benchmark: the forwarder sent something else.")
        }
        if role == .core { origins[key.slot] = origin }
        return (key, frames[1])
    }
}
