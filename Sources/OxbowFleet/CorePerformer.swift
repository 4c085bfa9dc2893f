import OxbowModel
import OxbowProtocol
import OxbowTraining

/// A cluster's generator after a barrier: a whole G.
public struct ClusterGenerator: Sendable {
    public var cluster: Int
    /// Slots of the cluster's members, rising.
    public var slots: [UInt32]
    /// Names `g.<block>...`, PyTorch's layouts.
    public var tensors: NamedTensors
}

/// Performs a core's tasks: the middle segments for all, and the aggregation at barriers.
public final class CorePerformer: TaskPerformer {
    /// Called with the generators of a barrier before it is reported saved: what it writes is there when the barrier is, and
    /// what it gives is sent to the broker.
    public typealias Publish =
        (Plan, _ round: UInt32, [ClusterGenerator]) throws -> [(key: ArtifactKey, bytes: [UInt8])]

    let store: any StateStore
    let bodies: TensorBodies
    let lanes: Lanes
    let publish: Publish
    var loaded: Loaded?
    var open: OpenBarrier?
    /// Of the newest barrier.
    var generators: [ClusterGenerator] = []
    var stopwatch = Stopwatch()

    /// What follows from the plan.
    struct Loaded {
        var plan: Plan
        var model: ModelDescription
        var trainer: CoreTrainer
        /// Slots taking part, rising. At a barrier newcomers are among them, of which plan and trainer do not know yet.
        var active: [UInt32]
    }

    public init(store: any StateStore, lanes: Int, makeBody: @escaping BodyFactory, publish: @escaping Publish) {
        self.store = store
        self.lanes = Lanes(lanes)
        self.bodies = TensorBodies(makeBody: makeBody)
        self.publish = publish
    }

    public func perform(_ task: MemberTask, inputs: [any BodyStorage]) throws -> TaskResult {
        stopwatch.begin()
        defer { stopwatch.end() }
        switch task {
        case .prepare(let plan, let barrier): return try prepare(plan, barrier)
        case .setMembers(let slots): return try setMembers(slots)
        case .stage(let stage, let half): return try perform(stage, half, inputs)
        case .commit(let half): return try commit(half)
        case .exchangeModels(let round, let amendment): return try aggregate(round, amendment, inputs)
        case .installModels: preconditionFailure("a core installs what it aggregates")
        case .save(let round): return try save(round)
        case .commitBarrier(let round): return try commitBarrier(round)
        case .score: preconditionFailure("a core has no generator of its own")
        }
    }

    func required() throws -> Loaded {
        guard let loaded else { throw FleetError("Unable to compute: no plan has come yet.") }
        return loaded
    }

    private func prepare(_ plan: Plan, _ barrier: UInt32) throws -> TaskResult {
        let model = try ModelDescription(plan.model)
        let trainer = try CoreTrainer(
            model: model, members: plan.coreMembers, settings: plan.trainingSettings(lanes: lanes.count),
            startKey: plan.method.start == .common ? nil : CoreTrainer.independentStartKey)
        if barrier > 0 { try trainer.installState(store.load(run: plan.run, round: barrier)) }
        loaded = Loaded(plan: plan, model: model, trainer: trainer, active: plan.assignments.map(\.slot))
        open = nil
        return TaskResult(messages: [.ready(barrier: barrier, digest: StateDigest.digest(trainer.state))])
    }

    private func setMembers(_ slots: [UInt32]) throws -> TaskResult {
        let loaded = try required()
        open = nil
        let known = slots.filter { loaded.plan.assignments[slot: $0] != nil }
        if known.isEmpty { loaded.trainer.discard() } else { try loaded.trainer.setMembers(known.map(Int.init)) }
        self.loaded?.active = slots
        return TaskResult()
    }
}
