import OxbowModel
import OxbowProtocol
import OxbowTestSupport
import OxbowTraining

@testable import OxbowFleet

/// A run without a network: plays the programs of a few edges and a core through their performers.
final class LocalRun {
    let core: CorePerformer
    private(set) var edges: [UInt32: EdgePerformer] = [:]
    private(set) var stores: [MemberID: MemoryStateStore]
    /// As the broker has it: with the assignments in force.
    private(set) var plan: Plan
    /// Slots taking part, rising.
    private(set) var members: [UInt32]
    /// For each step: losses on real and on generated images and of the generator, of each edge in turn.
    private(set) var losses: [[Double]] = []
    /// What each member said at its last `ready` or `barrierSaved`.
    private(set) var digests: [MemberID: [UInt8]] = [:]
    private(set) var report: AggregationReport?
    /// What each edge gave away to be scored.
    private(set) var scorers: [UInt32: CollectingScorer] = [:]
    /// Bytes of the core's answers at the last barrier, by rising slot.
    private(set) var answerBytes: [Int] = []
    private var open: [Assignment]?

    /// All start from the state of a barrier that `stores` hold, or from the initial one.
    init(_ plan: Plan, barrier: UInt32 = 0, stores: [MemberID: MemoryStateStore] = [:]) throws {
        self.plan = plan
        self.members = plan.assignments.map(\.slot)
        self.stores = stores
        let store = stores[.core(0)] ?? MemoryStateStore()
        self.stores[.core(0)] = store
        self.core = CorePerformer(store: store, lanes: 1, makeBody: HeapBody.factory, publish: { _, _, _ in [] })
        take(try core.perform(.prepare(plan, barrier: barrier), inputs: []), from: .core(0))
        for slot in members { try prepare(slot, plan, barrier: barrier) }
    }

    /// A newcomer that entered the fleet during the round, with a provisional place.
    func join(_ newcomer: Assignment) throws {
        var provisional = plan
        provisional.assignments = (plan.assignments + [newcomer]).sorted { $0.slot < $1.slot }
        try prepare(newcomer.slot, provisional, barrier: 0)
    }

    private func prepare(_ slot: UInt32, _ plan: Plan, barrier: UInt32) throws {
        let store = stores[.edge(slot)] ?? MemoryStateStore()
        stores[.edge(slot)] = store
        let scorer = CollectingScorer()
        scorers[slot] = scorer
        guard let edge = NumericFleet().performer(.edge, slot, store, scorer: scorer) as? EdgePerformer else { return }
        edges[slot] = edge
        take(try edge.perform(.prepare(plan, barrier: barrier), inputs: []), from: .edge(slot))
    }

    func setMembers(_ slots: [UInt32]) throws {
        members = slots
        for slot in slots { try perform(.setMembers(slots), slot) }
        _ = try core.perform(.setMembers(slots), inputs: [])
    }

    // MARK: Rounds

    func round(_ round: UInt32) throws {
        for step in 0..<plan.stepsPerRound { try self.step(round, step) }
    }

    func step(_ round: UInt32, _ step: UInt32) throws {
        losses.append([])
        try play(HalfStep(round: round, step: step, half: .discriminator), Self.discriminator, .discriminatorHeadsBackward)
        try play(HalfStep(round: round, step: step, half: .generator), Self.generator, .generatorHeadBackward)
    }

    private static let discriminator: [(edge: Stage, core: Stage)] = [
        (.generatorHead, .coreGeneratorActivations), (.discriminatorHeads, .coreDiscriminatorActivations),
        (.discriminatorTails, .coreDiscriminatorGradients),
    ]
    private static let generator: [(edge: Stage, core: Stage)] = [
        (.generatorPassHead, .coreGeneratorPassActivations), (.generatorPassTail, .coreGeneratorPassGradients),
        (.generatorTailBackward, .coreGeneratorGradients),
    ]

    private func play(_ half: HalfStep, _ stages: [(edge: Stage, core: Stage)], _ last: Stage) throws {
        var answers: [any BodyStorage]?
        for (edge, core) in stages {
            let up = try each(answers) { try perform(.stage(edge, half), $0, $1).bodies }
            answers = try self.core.perform(.stage(core, half), inputs: up.flatMap { $0 }).bodies
        }
        _ = try each(answers) { try perform(.stage(last, half), $0, $1) }
        for slot in members { try perform(.commit(half), slot) }
        _ = try core.perform(.commit(half), inputs: [])
    }

    // MARK: Barriers

    /// A whole barrier.
    func barrier(_ round: UInt32, _ amendment: [Assignment]? = nil) throws {
        try computeBarrier(round, amendment)
        try commitBarrier(round)
    }

    /// Everything but the commit.
    func computeBarrier(_ round: UInt32, _ amendment: [Assignment]? = nil) throws {
        let up = try contributions(round, amendment)
        let answers = take(
            try core.perform(.exchangeModels(round: round, amendment: amendment), inputs: up), from: .core(0)
        ).bodies
        answerBytes = answers.map(\.byteCount)
        _ = try each(answers) { try perform(.installModels(round: round, amendment: amendment), $0, $1) }
        for slot in members { try perform(.save(round: round), slot) }
        take(try core.perform(.save(round: round), inputs: []), from: .core(0))
        open = amendment
    }

    func contributions(_ round: UInt32, _ amendment: [Assignment]?) throws -> [any BodyStorage] {
        try members.flatMap { try perform(.exchangeModels(round: round, amendment: amendment), $0).bodies }
    }

    func commitBarrier(_ round: UInt32) throws {
        for slot in members { try perform(.commitBarrier(round: round), slot) }
        // As a member's machine orders it.
        if plan.scores(after: round) { for slot in members { try perform(.score(run: plan.run, round: round), slot) } }
        _ = try core.perform(.commitBarrier(round: round), inputs: [])
        plan = plan.amended(open)
        open = nil
    }

    // MARK: What there is

    /// A member's state as it trains.
    func state(_ member: MemberID) -> NamedTensors {
        let trainer: (any BlockOwner)? = member.role == .core ? core.loaded?.trainer : edges[member.slot]?.trainer
        return trainer?.state ?? NamedTensors()
    }

    /// Every block's live copy as one edge sees it: its own, else the core's.
    func effective(_ slot: UInt32) -> NamedTensors {
        NamedTensors(state(.core(0)).entries + state(.edge(slot)).entries)
    }

    /// Of those who take part.
    var liveDigests: [[UInt8]] {
        (members.map { MemberID.edge($0) } + [.core(0)]).map { StateDigest.digest(state($0)) }
    }

    @discardableResult
    private func perform(_ task: MemberTask, _ slot: UInt32, _ inputs: [any BodyStorage] = []) throws -> TaskResult {
        guard let edge = edges[slot] else { throw FleetError("no edge \(slot)") }
        return take(try edge.perform(task, inputs: inputs), from: .edge(slot))
    }

    private func each<Value>(
        _ bodies: [any BodyStorage]?, _ work: (UInt32, [any BodyStorage]) throws -> Value
    ) rethrows -> [Value] {
        try members.indices.map { index in try work(members[index], bodies.map { [$0[index]] } ?? []) }
    }

    @discardableResult
    private func take(_ result: TaskResult, from member: MemberID) -> TaskResult {
        for message in result.messages {
            switch message {
            case .ready(_, let digest), .barrierSaved(_, _, let digest, _): digests[member] = digest
            case .aggregation(let report): self.report = report
            case .metrics(let metrics) where member.role == .edge:
                losses[losses.count - 1] += [metrics.lossReal, metrics.lossFake, metrics.lossGenerator]
            default: break
            }
        }
        return result
    }
}
