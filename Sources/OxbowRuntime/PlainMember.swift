import OxbowProtocol
import OxbowWire
import ZeroMQ

/// A member without state machine, thread and arithmetic: it joins, takes any plan, and sends what its caller tells it,
/// right or wrong. For benchmarks and tests of the broker; every call is made on one thread.
public final class PlainMember {
    /// What the broker said at the welcome.
    public private(set) var welcome: Welcome?
    /// The credits that the last envelope of the broker told.
    public private(set) var credits: UInt32 = 0
    private let identity: MemberIdentity
    private let nonce: UInt64
    private let patience: Duration
    private let context = Context()
    private let control: Socket
    private let bulk: Socket
    private var poller = Poller()
    private var run: UInt64 = 0
    private var orders: [StepControl] = []
    private var bodies: [(key: ExchangeKey, body: Message)] = []
    private var nextHeartbeat = ContinuousClock.now

    /// Joins: both lanes say hello.
    /// - Parameters:
    ///   - receiveQueue: bodies that libzmq takes in before the caller asks for them.
    ///   - patience: how long to wait for anything that must come.
    /// - Throws: `RuntimeError` when the broker is silent or refuses.
    public init(
        _ identity: MemberIdentity, connect endpoint: String, security: SocketOptions.Security = .none, nonce: UInt64,
        receiveQueue: Int32? = nil, patience: Duration = .seconds(30)
    ) throws {
        (self.identity, self.nonce, self.patience) = (identity, nonce, patience)
        var options = SocketOptions()
        options.linger = .seconds(1)
        options.security = security
        control = try Socket(context, .dealer, options)
        options.receiveQueue = receiveQueue
        bulk = try Socket(context, .dealer, options)
        try control.connect(endpoint)
        try bulk.connect(endpoint)
        _ = poller.add(control)
        _ = poller.add(bulk)
        try send(control, Envelope(content: .control), .hello(hello(.control)))
        try wait("a welcome") { welcome != nil }
        try send(bulk, Envelope(content: .control), .hello(hello(.bulk)))
    }

    private func hello(_ lane: Lane) -> Hello {
        Hello(
            workerID: identity.workerID, role: identity.role, tier: identity.tier, lane: lane, nonce: nonce,
            capabilities: identity.capabilities, data: identity.data)
    }

    /// Takes in what has come, without waiting: a plan is answered at once.
    public func attend() throws {
        try drain(control)
        try drain(bulk)
    }

    /// Whether `order` would return at once.
    public var hasOrder: Bool { !orders.isEmpty }

    /// The next order; waits for it.
    public func order() throws -> StepControl {
        try wait("an order") { !orders.isEmpty }
        return orders.removeFirst()
    }

    /// The next bulk message, or nil when none came in time.
    public func receive(_ timeout: Duration) throws -> (key: ExchangeKey, body: Message)? {
        let deadline = ContinuousClock.now + timeout
        while bodies.isEmpty, poller.wait(max(.zero, deadline - .now)) > 0 {
            try drain(bulk)
            // Orders and answers to heartbeats must not pile up.
            try drain(control)
        }
        return bodies.isEmpty ? nil : bodies.removeFirst()
    }

    /// Sends a body under this key, without asking whether credits allow it.
    public func send(_ key: ExchangeKey, _ body: Message) throws -> SendResult {
        bulk.send([Message(copying: try EnvelopeCodec.encode(envelope(.bulk(key)))), body])
    }

    public func send(_ message: ControlMessage) throws { try send(control, envelope(.control), message) }

    /// Says that it is alive when the broker's interval is over.
    public func heartbeat() throws {
        guard let welcome, ContinuousClock.now >= nextHeartbeat else { return }
        nextHeartbeat = .now + .milliseconds(Int64(welcome.heartbeat_ms))
        try send(.heartbeat(busy: false, round: 0, step: 0))
    }

    private func envelope(_ content: Envelope.Content) -> Envelope {
        Envelope(run: run, sender: welcome?.member, sessionEpoch: welcome?.sessionEpoch ?? 0, content: content)
    }

    private func send(_ socket: Socket, _ envelope: Envelope, _ message: ControlMessage) throws {
        let frames = [
            Message(copying: try EnvelopeCodec.encode(envelope)), Message(copying: try ControlCodec.encode(message)),
        ]
        guard socket.send(frames) == .sent else { throw failure("nobody takes its messages") }
    }

    private func wait(_ what: String, until condition: () -> Bool) throws {
        let deadline = ContinuousClock.now + patience
        while !condition() {
            guard ContinuousClock.now < deadline else { throw failure("\(what) did not come within \(patience)") }
            poller.wait(.milliseconds(100))
            try drain(control)
            try drain(bulk)
        }
    }

    private func drain(_ socket: Socket) throws {
        while let received = socket.receive(maxFrames: 2) {
            guard received.frames.count == 2 else { throw failure("a message has no two frames") }
            let envelope = try received.frames[0].withBytes(EnvelopeCodec.decode)
            credits = envelope.credits
            switch envelope.content {
            case .bulk(let key): bodies.append((key, received.frames[1]))
            case .artifact, .operator, .enrolment: throw failure("a message is for brokers")
            case .control: try take(try received.frames[1].withBytes { try ControlCodec.decode($0) })
            }
        }
    }

    private func take(_ message: ControlMessage) throws {
        switch message {
        case .welcome(let welcome): self.welcome = welcome
        case .plan(let plan, let barrier, _):
            run = plan.run
            try send(.ready(barrier: barrier, digest: [UInt8](repeating: 0, count: WireLimits.digestBytes)))
        case .stepControl(let order): orders.append(order)
        case .error(let code, let text): throw failure("the broker refused (\(code)): \(text)")
        case .goodbye(let reason): throw failure("the broker let it go: \(reason)")
        default: break
        }
    }

    private func failure(_ reason: String) -> RuntimeError {
        RuntimeError(.peer, "Unable to take part as '\(identity.workerID)': \(reason). See the broker's log.")
    }
}
