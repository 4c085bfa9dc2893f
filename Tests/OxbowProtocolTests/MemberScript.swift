import OxbowModel

@testable import OxbowProtocol

/// A member under test: events in, directives out, and a performer that is done when the test says so.
struct MemberScript {
    var member: MemberMachine
    var now = Duration.zero
    var epoch: UInt32 = 1
    private(set) var directives: [MemberDirective] = []
    /// Computations ordered and not yet done.
    private(set) var tasks: [(id: UInt64, task: MemberTask)] = []

    init(_ role: Role = .edge, saved: [UInt32] = [], run: UInt64 = 0) {
        let identity = MemberIdentity(workerID: "a", role: role, tier: "small")
        member = MemberMachine(identity, nonce: 1, savedRun: run, savedBarriers: saved)
        tell(.started)
    }

    /// Welcomed, planned for this many edges, its state loaded.
    static func loaded(_ role: Role = .edge, edges: Int = 2, probesLink: Bool = false) -> MemberScript {
        var script = MemberScript(role)
        script.welcome(probesLink: probesLink)
        script.plan(edges: edges)
        script.compute()
        return script
    }

    @discardableResult
    mutating func tell(_ event: MemberEvent) -> [MemberDirective] {
        let result = member.handle(event, at: now)
        directives += result
        for case .compute(let id, let task, _) in result { tasks.append((id, task)) }
        return result
    }

    @discardableResult
    mutating func hear(_ message: ControlMessage, lane: Lane = .control) -> [MemberDirective] {
        tell(.received(lane, Envelope(run: 1, sessionEpoch: epoch, content: .control), .control(message)))
    }

    mutating func welcome(probesLink: Bool = false) {
        let id: MemberID = member.identity.role == .edge ? .edge(0) : .core()
        hear(
            .welcome(
                Welcome(
                    version: 1, member: id, sessionEpoch: epoch, credits: 2, heartbeat_ms: 1000, lease_ms: 10_000,
                    probesLink: probesLink)))
    }

    static func assignments(_ edges: Int) -> [Assignment] {
        (0..<edges).map {
            Assignment(slot: UInt32($0), workerID: "w\($0)", tier: "small", cuts: Cuts([0, 0, 0, 0])!, samples: 1)
        }
    }

    mutating func plan(
        edges: Int, run: UInt64 = 1, barrier: UInt32 = 0, term: UInt32 = 1, scoring: ScoringSettings? = nil
    ) {
        var plan = BrokerScript.template
        (plan.run, plan.assignments, plan.scoring) = (run, Self.assignments(edges), scoring)
        hear(.plan(plan, startBarrier: barrier, term: term))
    }

    @discardableResult
    mutating func order(
        _ next: StepControl.Next, committing commit: StepControl.Commit = .nothing, term: UInt32 = 1, members: [UInt32] = [0, 1],
        amendment: [Assignment]? = nil
    ) -> [MemberDirective] {
        hear(.stepControl(StepControl(term: term, members: members, commit: commit, next: next, amendment: amendment)))
    }

    /// The oldest computation is done, or all that are under way.
    @discardableResult
    mutating func computeOne() -> [MemberDirective] {
        guard !tasks.isEmpty else { return [] }
        let (id, task) = tasks.removeFirst()
        return tell(.computed(id, result(task)))
    }

    /// The number of the oldest computation, which the test answers itself.
    mutating func takeTask() -> UInt64 { tasks.removeFirst().id }

    mutating func compute() { while !tasks.isEmpty { computeOne() } }

    private func result(_ task: MemberTask) -> TaskResult {
        switch task {
        case .prepare(_, let barrier): TaskResult(messages: [.ready(barrier: barrier, digest: [1])])
        case .save(let round): TaskResult(messages: [.barrierSaved(term: 0, round: round, digest: [1])])
        case .stage, .exchangeModels: TaskResult(bodies: (0..<bodies).map { _ in SizedBody() })
        default: TaskResult()
        }
    }

    private var bodies: Int {
        member.identity.role == .edge ? 1 : member.work?.order.members.count ?? 1
    }

    @discardableResult
    mutating func body(
        _ exchange: Exchange, slot: UInt32 = 0, term: UInt32 = 1, round: UInt32 = 1, step: UInt32 = 0
    ) -> [MemberDirective] {
        let key = ExchangeKey(
            term: term, round: round, step: step, exchange: exchange,
            direction: member.identity.role == .edge ? .down : .up, slot: slot)
        return tell(.received(.bulk, Envelope(run: 1, sessionEpoch: epoch, content: .bulk(key)), .bulk(SizedBody())))
    }

    /// An edge's half, but for the last answer and what follows it.
    mutating func halfButLast(_ half: Half, term: UInt32 = 1, step: UInt32 = 0) {
        let exchanges: [Exchange] =
            half == .discriminator
            ? [.generatorActivations, .discriminatorActivations, .discriminatorGradients]
            : [.generatorPassActivations, .generatorPassGradients, .generatorGradients]
        for exchange in exchanges.dropLast() {
            compute()
            body(exchange, term: term, step: step)
        }
        compute()
    }
}

extension [MemberDirective] {
    var end: MemberEnd? { compactMap { if case .end(let how) = $0 { how } else { nil } }.last }
    var computing: [MemberTask] { compactMap { if case .compute(_, let task, _) = $0 { task } else { nil } } }
    var said: [ControlMessage] {
        compactMap { if case .send(.control, _, .control(let message)) = $0 { message } else { nil } }
    }
    var sent: [ExchangeKey] {
        compactMap {
            if case .send(_, let envelope, _) = $0, case .bulk(let key) = envelope.content { key } else { nil }
        }
    }
    var probe: LinkProbe? {
        compactMap { if case .send(.bulk, _, .control(.probe(let probe))) = $0 { probe } else { nil } }.last
    }
    var reconnects: Bool { contains { if case .reconnect = $0 { true } else { false } } }
}
