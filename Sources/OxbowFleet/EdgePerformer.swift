import OxbowKernels
import OxbowModel
import OxbowProtocol
import OxbowTraining

/// Performs an edge's tasks: its segments, its data, its states on disk.
public final class EdgePerformer: TaskPerformer {
    /// Gives the batches of a slot once the plan is known.
    public typealias MakeSource = (Plan, UInt32) throws -> any BatchSource

    let store: any StateStore
    let bodies: TensorBodies
    var place: Place?
    var trainer: EdgeTrainer?
    var open: OpenBarrier?
    /// Of the barrier that was committed last, until it is given away.
    var effective: (round: UInt32, tensors: NamedTensors)?
    let scorer: (any GeneratorScorer)?
    /// Halves committed since the state was loaded; none means: a newcomer with nothing to contribute.
    var halves = 0
    var stopwatch = Stopwatch()
    private let slotOfWorker: (Plan) throws -> UInt32
    private let makeSource: MakeSource

    /// This worker in the plan, and what follows from it.
    struct Place {
        var plan: Plan
        let model: ModelDescription
        let slot: UInt32
        let source: any BatchSource

        /// In the initial state.
        func makeTrainer() throws -> EdgeTrainer {
            try EdgeTrainer(
                model: model, cuts: plan.assignment(slot).cuts, slot: Int(slot),
                settings: plan.trainingSettings(lanes: 1), source: source,
                startKey: plan.method.start == .common ? nil : Int(slot))
        }
    }

    /// - Parameters:
    ///   - workerID: finds this worker's place in the plan.
    ///   - scorer: nil: it says that it has no scores.
    public init(
        workerID: String, store: any StateStore, scorer: (any GeneratorScorer)? = nil, makeBody: @escaping BodyFactory,
        makeSource: @escaping MakeSource
    ) {
        self.slotOfWorker = { plan in
            guard let own = plan.assignments.first(where: { $0.workerID == workerID }) else {
                throw FleetError("Unable to follow the plan: worker '\(workerID)' is not in it.")
            }
            return own.slot
        }
        self.makeSource = makeSource
        self.store = store
        self.scorer = scorer
        self.bodies = TensorBodies(makeBody: makeBody)
    }

    public func perform(_ task: MemberTask, inputs: [any BodyStorage]) throws -> TaskResult {
        stopwatch.begin()
        defer { stopwatch.end() }
        switch task {
        case .prepare(let plan, let barrier): return try prepare(plan, barrier)
        case .setMembers: return try discard()
        case .stage(let stage, let half): return try perform(stage, half, inputs)
        case .commit(let half): return try commit(half)
        case .exchangeModels(let round, let amendment): return try contribute(round, amendment)
        case .installModels(let round, let amendment): return try install(round, amendment, inputs)
        case .save(let round): return try save(round)
        case .commitBarrier(let round): return try commitBarrier(round)
        case .score(let run, let round): return giveGenerator(run, round)
        }
    }

    func required() throws -> EdgeTrainer {
        guard let trainer else { throw FleetError("Unable to compute: no plan has come yet.") }
        return trainer
    }

    func requiredPlace() throws -> Place {
        guard let place else { throw FleetError("Unable to compute: no plan has come yet.") }
        return place
    }

    private func prepare(_ plan: Plan, _ barrier: UInt32) throws -> TaskResult {
        let slot = try slotOfWorker(plan)
        let place = Place(
            plan: plan, model: try ModelDescription(plan.model), slot: slot, source: try makeSource(plan, slot))
        let trainer = try place.makeTrainer()
        if barrier > 0 { try trainer.installState(store.load(run: plan.run, round: barrier)) }
        self.place = place
        self.trainer = trainer
        (open, effective) = (nil, nil)
        if plan.scoring != nil { scorer?.expect(plan, after: barrier) }
        halves = 0
        return TaskResult(messages: [.ready(barrier: barrier, digest: StateDigest.digest(trainer.state))])
    }

    private func discard() throws -> TaskResult {
        open = nil
        try required().discard()
        return TaskResult()
    }
}
