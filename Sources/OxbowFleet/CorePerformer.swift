import OxbowFederation
import OxbowKernels
import OxbowModel
import OxbowProtocol
import OxbowRandom
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
    /// Called with the generators of a barrier before it is reported saved; what it writes is there when the barrier is.
    public typealias Publish = (Plan, _ round: UInt32, [ClusterGenerator]) throws -> Void

    private let store: any StateStore
    private let bodies: TensorBodies
    private let lanes: Lanes
    private let publish: Publish
    private var loaded: Loaded?
    private var beforeBarrier: NamedTensors?
    private var generators: [ClusterGenerator] = []
    private var stopwatch = Stopwatch()

    /// What follows from the plan.
    struct Loaded {
        var plan: Plan
        var model: ModelDescription
        var trainer: CoreTrainer
        /// Slots taking part, rising.
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
        case .exchangeModels(let round, _): return try aggregate(round, inputs)
        case .installModels: preconditionFailure("a core installs what it aggregates")
        case .save(let round): return try save(round)
        case .commitBarrier(let round):
            beforeBarrier = nil
            if let plan = loaded?.plan, round > 1 { store.drop(before: round - 1, run: plan.run) }
            return TaskResult()
        }
    }

    private func required() throws -> Loaded {
        guard let loaded else { throw FleetError("Unable to compute: no plan has come yet.") }
        return loaded
    }

    private func prepare(_ plan: Plan, _ barrier: UInt32) throws -> TaskResult {
        let model = try ModelDescription(plan.model)
        let members = plan.assignments.map {
            CoreMember(slot: Int($0.slot), cuts: $0.cuts, batch: Int(plan.batch))
        }
        let trainer = try CoreTrainer(
            model: model, members: members, settings: plan.trainingSettings(lanes: lanes.count),
            startKey: plan.method.start == .common ? nil : CoreTrainer.independentStartKey)
        if barrier > 0 { try trainer.installState(store.load(run: plan.run, round: barrier)) }
        loaded = Loaded(plan: plan, model: model, trainer: trainer, active: plan.assignments.map(\.slot))
        beforeBarrier = nil
        return TaskResult(messages: [.ready(barrier: barrier, digest: StateDigest.digest(trainer.state))])
    }

    private func setMembers(_ slots: [UInt32]) throws -> TaskResult {
        let trainer = try required().trainer
        if let beforeBarrier { try trainer.install(beforeBarrier) }
        beforeBarrier = nil
        try trainer.setMembers(slots.map(Int.init))
        loaded?.active = slots
        return TaskResult()
    }

    // MARK: Exchanges

    private func perform(_ stage: Stage, _ half: HalfStep, _ inputs: [any BodyStorage]) throws -> TaskResult {
        let loaded = try required()
        beginSignalIfDue(stage, half, loaded)
        let parts = try stopwatch.coding { try decode(stage, inputs, loaded) }
        let results = try stopwatch.computing { try compute(stage, parts, loaded.trainer) }
        return TaskResult(
            bodies: try stopwatch.coding { try lanes.map(results.count) { try bodies.body(of: results[$0]) } })
    }

    /// The signal is the mean over the round's last steps.
    private func beginSignalIfDue(_ stage: Stage, _ half: HalfStep, _ loaded: Loaded) {
        guard stage == .coreDiscriminatorActivations else { return }
        let steps = min(loaded.plan.method.signalSteps, loaded.plan.stepsPerRound)
        if half.step == loaded.plan.stepsPerRound - max(1, steps) { loaded.trainer.beginSignal() }
    }

    private func decode(_ stage: Stage, _ inputs: [any BodyStorage], _ loaded: Loaded) throws -> [[Tensor]] {
        guard let exchange = Self.exchanges[stage] else { preconditionFailure("\(stage) is not a core's") }
        return try lanes.map(loaded.active.count) { index in
            let slot = loaded.active[index]
            let assignment = try loaded.plan.assignment(slot)
            let shapes = try loaded.model.shape(
                of: Int(exchange.rawValue), up: true, cuts: assignment.cuts, batch: Int(loaded.plan.batch))
            return try bodies.tensors(of: inputs[index], shapes: shapes, from: "worker-\(slot)")
        }
    }

    private static let exchanges: [Stage: Exchange] = [
        .coreGeneratorActivations: .generatorActivations, .coreDiscriminatorActivations: .discriminatorActivations,
        .coreDiscriminatorGradients: .discriminatorGradients,
        .coreGeneratorPassActivations: .generatorPassActivations,
        .coreGeneratorPassGradients: .generatorPassGradients, .coreGeneratorGradients: .generatorGradients,
    ]

    private func compute(_ stage: Stage, _ parts: [[Tensor]], _ trainer: CoreTrainer) throws -> [[Tensor]] {
        switch stage {
        case .coreGeneratorActivations: try trainer.generatorActivations(parts)
        case .coreDiscriminatorActivations: try trainer.discriminatorActivations(parts)
        case .coreDiscriminatorGradients: try trainer.discriminatorGradients(parts)
        case .coreGeneratorPassActivations: try trainer.generatorPassActivations(parts)
        case .coreGeneratorPassGradients: try trainer.generatorPassGradients(parts)
        case .coreGeneratorGradients: try trainer.generatorGradients(parts)
        default: preconditionFailure("\(stage) is not a core's")
        }
    }

    private func commit(_ half: HalfStep) throws -> TaskResult {
        let trainer = try required().trainer
        try stopwatch.computing { try trainer.commit(OxbowTraining.Half(half.half)) }
        guard half.half == .generator else { return TaskResult() }
        let time = stopwatch.take()
        return TaskResult(messages: [
            .metrics(
                StepMetrics(
                    round: half.round, step: half.step, computeSeconds: time.compute, waitSeconds: time.wait,
                    codecSeconds: time.codec))
        ])
    }

    // MARK: Barrier

    /// Clusters, weighs and averages; answers every member with its cluster's mean of the blocks it holds.
    private func aggregate(_ round: UInt32, _ inputs: [any BodyStorage]) throws -> TaskResult {
        let loaded = try required()
        let barrier = try Barrier(loaded, round: round, bodies: bodies, inputs: inputs)
        let before = loaded.trainer.exportBlocks()
        try loaded.trainer.install(barrier.coreBlocks(like: before))
        beforeBarrier = before
        generators = barrier.generators
        return TaskResult(bodies: try barrier.answers(), messages: [.aggregation(barrier.report)])
    }

    private func save(_ round: UInt32) throws -> TaskResult {
        let loaded = try required()
        let state = loaded.trainer.state
        try publish(loaded.plan, round, generators)
        try store.save(state, run: loaded.plan.run, round: round)
        return TaskResult(messages: [.barrierSaved(term: 0, round: round, digest: StateDigest.digest(state))])
    }
}
