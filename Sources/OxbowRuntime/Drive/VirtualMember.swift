import OxbowFleet
import OxbowProtocol
import OxbowTrace
import ZeroMQ

/// Whom a virtual member plays, and how.
public struct DrivePart: Sendable {
    public var identity: MemberIdentity
    /// Whose pauses and bodies it takes; nil: no pauses, bodies of noise.
    public var played: RecordedMember?
    /// Its key; none on ipc, and where that was said.
    public var security = SocketOptions.Security.none

    public init(_ identity: MemberIdentity, playing played: RecordedMember?) { (self.identity, self.played) = (identity, played) }
}

/// A member's state machine over two sockets of its own, whose work takes its time without being done.
///
/// Used by the thread of its group.
final class VirtualMember {
    private let part: DrivePart
    private let context: Context
    private let endpoint: String
    private let performer: StandInPerformer
    private let recorded: RecordedBodies?
    private let statistics: DriveStatistics
    /// Recorded pauses are divided by this; infinity: none.
    private let speed: Double
    private var machine: MemberMachine
    private(set) var sockets: [Lane: Socket] = [:]
    private var outboxes: [Lane: [[Message]]] = [:]
    /// Work under way, in order.
    private var due: [(at: Duration, event: MemberEvent)] = []
    private var busyUntil = Duration.zero
    private var answered: [Exchange: Int] = [:]
    private var sentUp: [ExchangeKey: Duration] = [:]
    private(set) var end: MemberEnd?
    /// Sockets were replaced since this was last set to false.
    var hasReconnected = true

    init(
        _ part: DrivePart, _ context: Context, _ endpoint: String, bodies: StandInBodies, recorded: RecordedBodies?,
        speed: Double, nonce: UInt64, statistics: DriveStatistics
    ) {
        (self.part, self.context, self.endpoint) = (part, context, endpoint)
        (self.recorded, self.speed, self.statistics) = (recorded, speed, statistics)
        performer = StandInPerformer(role: part.identity.role, workerID: part.identity.workerID, bodies: bodies)
        machine = MemberMachine(part.identity, nonce: nonce)
    }

    func start(at now: Duration) throws {
        try connect()
        try handle(.started, at: now)
    }

    private func connect() throws {
        for lane in Lane.allCases {
            sockets[lane]?.close()
            let socket = try Socket(context, .dealer, .member(part.security))
            try socket.connect(endpoint)
            (sockets[lane], outboxes[lane]) = (socket, [])
        }
        sentUp.removeAll()
        hasReconnected = true
    }

    func close() {
        for socket in sockets.values { socket.close() }
        sockets.removeAll()
    }

    func isWaitingToSend(_ lane: Lane) -> Bool { outboxes[lane]?.isEmpty == false }
    /// When work under way is done.
    var nextDue: Duration? { due.first?.at }

    func handle(_ event: MemberEvent, at now: Duration) throws {
        for directive in machine.handle(event, at: now) {
            switch directive {
            case .send(let lane, let envelope, let payload): try send(lane, envelope, payload, now)
            case .compute(let id, let task, let inputs): try perform(id, task, inputs, now)
            case .reconnect: try connect()
            case .note(let note): statistics.noted(note)
            case .end(let how):
                end = how
                statistics.ended(how)
            }
        }
    }

    /// The next piece of work that is done by now.
    func takeDone(at now: Duration) -> MemberEvent? {
        guard let first = due.first, first.at <= now else { return nil }
        return due.removeFirst().event
    }

    // MARK: Work

    private func perform(_ id: UInt64, _ task: MemberTask, _ inputs: [any BodyStorage], _ now: Duration) throws {
        var result = try performer.perform(task, inputs: inputs)
        var exchange: Exchange?
        switch task {
        case .stage(let stage, let half):
            exchange = stage.sends
            if let exchange { try replace(&result, exchange, half) }
        case .exchangeModels: exchange = .modelDeltas
        default: break
        }
        busyUntil = max(busyUntil, now) + (exchange.map(pause) ?? .zero)
        due.append((busyUntil, .computed(id, result)))
    }

    /// The pause that the recorded member made before this answer; after the last one the first comes again.
    private func pause(before exchange: Exchange) -> Duration {
        guard speed.isFinite, let pauses = part.played?.pauses[exchange], !pauses.isEmpty else { return .zero }
        let number = answered[exchange, default: 0]
        answered[exchange] = number + 1
        return .seconds(Double(pauses[number % pauses.count]) / speed)
    }

    /// Recorded bodies where there are any that fit.
    private func replace(_ result: inout TaskResult, _ exchange: Exchange, _ half: HalfStep) throws {
        guard let recorded, let played = part.played, played.id.role == .edge, let own = result.bodies.first else { return }
        if let body = try recorded.body(of: played.id.slot, exchange, half, byteCount: own.byteCount) { result.bodies = [body] }
    }

    // MARK: Messages

    private func send(_ lane: Lane, _ envelope: Envelope, _ payload: Payload, _ now: Duration) throws {
        var frames = try MemberFrames.encode(envelope, payload)
        // Others send the same bytes.
        if case .bulk = payload { frames[1] = frames[1].copy() }
        if case .bulk(let key) = envelope.content, key.direction == .up { sentUp[key] = now }
        statistics.sent(frames.reduce(0) { $0 + $1.byteCount })
        outboxes[lane, default: []].append(frames)
        flush(lane)
    }

    func flush(_ lane: Lane) {
        guard let socket = sockets[lane] else { return }
        while let frames = outboxes[lane]?.first, socket.send(frames) == .sent { outboxes[lane]?.removeFirst() }
    }

    /// The next message of a lane as an event; what cannot be read is counted and dropped.
    func receive(_ lane: Lane, at now: Duration) -> MemberEvent? {
        while let received = sockets[lane]?.receive(maxFrames: 2) {
            statistics.received(received.frames.reduce(0) { $0 + $1.byteCount })
            guard received.droppedFrames == 0, let event = try? MemberFrames.decode(received.frames, lane) else {
                statistics.unreadable()
                continue
            }
            noteAnswer(event, now)
            return event
        }
        return nil
    }

    private func noteAnswer(_ event: MemberEvent, _ now: Duration) {
        guard case .received(_, let envelope, _) = event, case .bulk(var asked) = envelope.content else { return }
        asked.direction = .up
        if let sent = sentUp.removeValue(forKey: asked) { statistics.answered(asked.exchange, after: now - sent) }
    }
}
