import OxbowKernels
import OxbowModel
import OxbowProtocol
import OxbowTraining

/// Performs an edge's tasks: its segments, its data, its states on disk.
public final class EdgePerformer: TaskPerformer {
    /// Gives the batches of a slot once the plan is known.
    public typealias MakeSource = (Plan, UInt32) throws -> any BatchSource

    private let slotOfWorker: (Plan) throws -> UInt32
    private let makeSource: MakeSource
    private let store: any StateStore
    private let bodies: TensorBodies
    private var plan: Plan?
    private var trainer: EdgeTrainer?
    /// The blocks before an aggregation that is not committed yet.
    private var beforeBarrier: NamedTensors?
    /// Halves committed since the state was loaded; none means: a newcomer with nothing to contribute.
    private var halves = 0
    private var stopwatch = Stopwatch()

    /// - Parameter workerID: finds this worker's place in the plan.
    public init(
        workerID: String, store: any StateStore, makeBody: @escaping BodyFactory, makeSource: @escaping MakeSource
    ) {
        self.slotOfWorker = { plan in
            guard let own = plan.assignments.first(where: { $0.workerID == workerID }) else {
                throw FleetError("Unable to follow the plan: worker '\(workerID)' is not in it.")
            }
            return own.slot
        }
        self.makeSource = makeSource
        self.store = store
        self.bodies = TensorBodies(makeBody: makeBody)
    }

    public func perform(_ task: MemberTask, inputs: [any BodyStorage]) throws -> TaskResult {
        stopwatch.begin()
        defer { stopwatch.end() }
        switch task {
        case .prepare(let plan, let barrier): return try prepare(plan, barrier)
        case .setMembers:
            try discard()
            return TaskResult()
        case .stage(let stage, let half): return try perform(stage, half, inputs)
        case .commit(let half): return try commit(half)
        case .exchangeModels: return TaskResult(bodies: [try contribution()])
        case .installModels: return try install(inputs)
        case .save(let round): return try save(round)
        case .commitBarrier(let round):
            beforeBarrier = nil
            if let plan, round > 1 { store.drop(before: round - 1, run: plan.run) }
            return TaskResult()
        }
    }

    private func loaded() throws -> EdgeTrainer {
        guard let trainer else { throw FleetError("Unable to compute: no plan has come yet.") }
        return trainer
    }

    private func prepare(_ plan: Plan, _ barrier: UInt32) throws -> TaskResult {
        let slot = try slotOfWorker(plan)
        let assignment = try plan.assignment(slot)
        let trainer = try EdgeTrainer(
            model: ModelDescription(plan.model), cuts: assignment.cuts, slot: Int(slot),
            settings: plan.trainingSettings(lanes: 1), source: makeSource(plan, slot),
            startKey: plan.method.start == .common ? nil : Int(slot))
        if barrier > 0 { try trainer.installState(store.load(run: plan.run, round: barrier)) }
        self.plan = plan
        self.trainer = trainer
        beforeBarrier = nil
        halves = 0
        return TaskResult(messages: [.ready(barrier: barrier, digest: StateDigest.digest(trainer.state))])
    }

    private func discard() throws {
        try loaded().discard()
        if let beforeBarrier { try loaded().install(beforeBarrier) }
        beforeBarrier = nil
    }

    private func perform(_ stage: Stage, _ half: HalfStep, _ inputs: [any BodyStorage]) throws -> TaskResult {
        let trainer = try loaded()
        let received = try inputs.first.map { try tensors(stage, $0, trainer) } ?? []
        let results = try stopwatch.computing { try compute(stage, half, received, trainer) }
        guard let results else { return TaskResult() }
        return TaskResult(bodies: [try stopwatch.coding { try bodies.body(of: results) }])
    }

    private func tensors(_ stage: Stage, _ body: any BodyStorage, _ trainer: EdgeTrainer) throws -> [Tensor] {
        guard let exchange = Self.answered[stage] else { return [] }
        let shapes = try trainer.model.shape(
            of: Int(exchange.rawValue), up: false, cuts: trainer.cuts, batch: trainer.settings.batch)
        return try stopwatch.coding { try bodies.tensors(of: body, shapes: shapes, from: "the core") }
    }

    /// The exchange whose answer a stage takes in.
    private static let answered: [Stage: Exchange] = [
        .discriminatorHeads: .generatorActivations, .discriminatorTails: .discriminatorActivations,
        .discriminatorHeadsBackward: .discriminatorGradients, .regeneratedPassHead: .generatorActivations,
        .generatorPassTail: .generatorPassActivations, .generatorTailBackward: .generatorPassGradients,
        .generatorHeadBackward: .generatorGradients,
    ]

    /// Nil where nothing is to be sent.
    private func compute(
        _ stage: Stage, _ half: HalfStep, _ received: [Tensor], _ trainer: EdgeTrainer
    ) throws -> [Tensor]? {
        let (round, step) = (Int(half.round), Int(half.step))
        switch stage {
        case .generatorHead: return try trainer.generatorHead(round: round, step: step)
        case .discriminatorHeads: return try trainer.discriminatorHeads(received)
        case .discriminatorTails: return try trainer.discriminatorTails(received)
        case .discriminatorHeadsBackward: try trainer.discriminatorHeadsBackward(received)
        case .regenerate: return try trainer.regenerate(round: round, step: step)
        case .regeneratedPassHead:
            try trainer.regeneratedImages(received)
            return try trainer.generatorPassHead()
        case .generatorPassHead: return try trainer.generatorPassHead()
        case .generatorPassTail: return try trainer.generatorPassTail(received)
        case .generatorTailBackward: return try trainer.generatorTailBackward(received)
        case .generatorHeadBackward: try trainer.generatorHeadBackward(received)
        default: preconditionFailure("\(stage) is not an edge's")
        }
        return nil
    }

    private func commit(_ half: HalfStep) throws -> TaskResult {
        let trainer = try loaded()
        try stopwatch.computing { try trainer.commit(OxbowTraining.Half(half.half)) }
        halves += 1
        guard half.half == .generator else { return TaskResult() }
        let time = stopwatch.take()
        return TaskResult(messages: [
            .metrics(
                StepMetrics(
                    round: half.round, step: half.step, lossReal: trainer.losses.real, lossFake: trainer.losses.fake,
                    lossGenerator: trainer.losses.generator, computeSeconds: time.compute, waitSeconds: time.wait,
                    codecSeconds: time.codec))
        ])
    }

    // MARK: Barrier

    private func contribution() throws -> any BodyStorage {
        try bodies.body(of: halves == 0 ? NamedTensors() : loaded().exportBlocks())
    }

    private func install(_ inputs: [any BodyStorage]) throws -> TaskResult {
        let trainer = try loaded()
        let before = trainer.exportBlocks()
        guard let body = inputs.first else { preconditionFailure("a barrier without an answer") }
        try trainer.install(bodies.namedTensors(of: body, like: before.shapes, from: "the core"))
        beforeBarrier = before
        return TaskResult()
    }

    private func save(_ round: UInt32) throws -> TaskResult {
        let state = try loaded().state
        try store.save(state, run: plan?.run ?? 0, round: round)
        return TaskResult(messages: [.barrierSaved(term: 0, round: round, digest: StateDigest.digest(state))])
    }
}
