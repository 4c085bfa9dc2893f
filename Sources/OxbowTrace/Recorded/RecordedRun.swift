import OxbowProtocol
import OxbowWire

/// What a trace says of a run's members: what a load test repeats, and what a prediction starts from.
///
/// Memory: a number for each answer of a step, a place for each kept body.
public struct RecordedRun: Sendable {
    public var header: TraceHeader
    /// The first one; amendments are not followed.
    public var plan: Plan
    /// Those of the plan, in its order.
    public var edges: [RecordedMember] = []
    public var core = RecordedMember(.core())
    /// Of whole steps that were committed, in their order.
    public var stepSeconds: [Double] = []
    /// From the order to the commit of each barrier.
    public var barrierSeconds: [Double] = []
    /// Kept bodies of steps (`--trace full`).
    public var bodies: [ExchangeKey: TraceReader.BodyPlace] = [:]

    /// Reads a trace to its end.
    /// - Throws: `TraceError` if it was changed, or has no plan.
    public init(_ reader: TraceReader) throws(TraceError) {
        var collector = RecordedRunCollector()
        for entry in reader { collector.take(entry) }
        try reader.checkIntegrity()
        collector.finish()
        guard let plan = collector.plan, !plan.assignments.isEmpty else {
            throw .unreadable(reader.path, "it ends before the run had a plan")
        }
        (header, self.plan) = (reader.header, plan)
        edges = plan.assignments.map { collector.member(.edge($0.slot), named: $0.workerID) }
        core = collector.member(.core(), named: nil)
        (stepSeconds, barrierSeconds, bodies) = (collector.stepSeconds, collector.barrierSeconds, collector.bodies)
    }
}

/// What a trace says of one member.
public struct RecordedMember: Sendable {
    public var id: MemberID
    /// Its last one; nil if the trace has none.
    public var hello: Hello?
    /// As it measured it, in its hello or later.
    public var link = LinkQuality()
    /// Seconds of computing and coding between what it needed and its answer, in order, for each exchange. A core's are those of
    /// its last answer.
    public var pauses: [Exchange: [Float]] = [:]
    /// Of which it told its metrics.
    public var steps = 0
    /// Sums over these steps, as it told them.
    public var computeSeconds = 0.0
    public var codecSeconds = 0.0
    /// From what it needed having been sent to its answer having come, summed over these steps.
    public var answerSeconds = 0.0

    init(_ id: MemberID) { self.id = id }
}

/// Gathers a `RecordedRun` record by record.
struct RecordedRunCollector {
    private(set) var plan: Plan?
    private(set) var stepSeconds: [Double] = []
    private(set) var barrierSeconds: [Double] = []
    private(set) var bodies: [ExchangeKey: TraceReader.BodyPlace] = [:]
    private var hellos: [String: Hello] = [:]
    private var coreHello: Hello?
    private var members: [MemberID: RecordedMember] = [:]
    private var walk: ExchangeWalk?
    private var clock = RoundClock()
    /// Answers of the round under way, whose shares are known at its end.
    private var open: [Response] = []
    private var metrics: [(MemberID, StepMetrics)] = []
    private var stepBegan_ns: UInt64?
    private var barrierBegan_ns: UInt64?

    mutating func take(_ entry: TraceReader.Entry) {
        let record = entry.record
        if walk == nil { walk = ExchangeWalk(from: record.time_ns) }
        if let message = record.message { take(message, entry.body) }
        if let decision = record.decision { take(decision, record.time_ns) }
        for event in walk?.take(record) ?? [] { take(event) }
    }

    mutating func finish() { closeRound() }

    func member(_ id: MemberID, named name: String?) -> RecordedMember {
        var member = members[id] ?? RecordedMember(id)
        member.hello = name.map { hellos[$0] } ?? coreHello
        if !member.link.isMeasured, let link = member.hello?.link { member.link = link }
        return member
    }

    private mutating func take(_ message: TraceMessage, _ body: TraceReader.BodyPlace?) {
        if let key = message.key, let body { bodies[key] = body }
        guard message.direction == .received, case .control = message.envelope.content, let control = try? message.control()
        else { return }
        switch control {
        case .hello(let hello) where hello.lane == .control:
            if hello.role == .core { coreHello = hello } else { hellos[hello.workerID] = hello }
        case .link(let link): if let id = message.member { members[id, default: RecordedMember(id)].link = link }
        default: break
        }
    }

    private mutating func take(_ decision: JournalRecord, _ time_ns: UInt64) {
        switch decision {
        case .plan(let plan): self.plan = self.plan ?? plan
        case .committed(let half) where half.half == .generator:
            if let began = stepBegan_ns { stepSeconds.append(Double(time_ns &- began) / 1e9) }
        default: break
        }
    }

    private mutating func take(_ event: WalkEvent) {
        clock.take(event)
        switch event {
        case .ordered(let order, let time): ordered(order, time)
        case .response(let response) where response.member.role == .edge || response.isLast: open.append(response)
        case .metrics(let member, let numbers): metrics.append((member, numbers))
        case .barrier(_, let time):
            if let began = barrierBegan_ns { barrierSeconds.append(Double(time &- began) / 1e9) }
            (barrierBegan_ns, stepBegan_ns) = (nil, nil)
            closeRound()
        default: break
        }
    }

    private mutating func ordered(_ order: StepControl, _ time_ns: UInt64) {
        switch order.next {
        case .half(let half, _): if half.half == .discriminator { stepBegan_ns = time_ns }
        case .barrier: (stepBegan_ns, barrierBegan_ns) = (nil, time_ns)
        case .pause, .rest, .finish: (stepBegan_ns, barrierBegan_ns) = (nil, nil)
        }
    }

    private mutating func closeRound() {
        let shares = clock.shares
        for response in open {
            let share = shares[response.member] ?? .unknown
            let seconds = Double(response.answered_ns &- response.began_ns) / 1e9
            let isModel = response.key.exchange == .modelDeltas
            let pause =
                isModel
                ? max(0, seconds - Double(response.byteCount) * share.wireSecondsPerByte)
                : seconds * min(1, share.compute + share.codec)
            members[response.member, default: RecordedMember(response.member)]
                .pauses[response.key.exchange, default: []].append(Float(pause))
            if !isModel { members[response.member]?.answerSeconds += seconds }
        }
        for (id, numbers) in metrics {
            members[id, default: RecordedMember(id)].steps += 1
            members[id]?.computeSeconds += max(0, numbers.computeSeconds)
            members[id]?.codecSeconds += max(0, numbers.codecSeconds)
        }
        open.removeAll()
        metrics.removeAll()
        _ = clock.take(isCommitted: true)
    }
}
