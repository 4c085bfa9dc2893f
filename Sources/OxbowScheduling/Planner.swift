import OxbowModel

/// A worker as a planner sees it.
public struct Candidate: Hashable, Sendable {
    public var id: String
    public var tier: String
    /// Cuts that its owner chose; a planner leaves them as they are.
    public var fixed: Cuts?
    /// nil: not known, so only planners without a cost model can place it.
    public var device: Device?

    public init(id: String, tier: String, fixed: Cuts? = nil, device: Device? = nil) {
        self.id = id
        self.tier = tier
        self.fixed = fixed
        self.device = device
    }
}

/// What a planner is asked: a model, the machines, and how much each worker must keep at home.
public struct PlanningRequest: Hashable, Sendable {
    public var model: ModelDescription
    /// By rising slot.
    public var workers: [Candidate]
    /// nil: not known.
    public var core: CoreDevice?
    /// Images of a worker's batch.
    public var batch: Int
    /// Steps between two barriers, which share a barrier's cost.
    public var stepsPerRound: Int
    /// Blocks that every head keeps beyond the first, in both networks.
    public var minimumHead: Int
    /// Blocks that every tail keeps beyond the last, in both networks.
    public var minimumTail: Int

    public init(
        model: ModelDescription, workers: [Candidate], core: CoreDevice? = nil, batch: Int = 64, stepsPerRound: Int = 50,
        minimumHead: Int = 0, minimumTail: Int = 0
    ) {
        self.model = model
        self.workers = workers
        self.core = core
        self.batch = batch
        self.stepsPerRound = stepsPerRound
        self.minimumHead = minimumHead
        self.minimumTail = minimumTail
    }

    /// The model's cuts that keep enough at home, in rising order; the first keeps the least.
    public var admissibleCuts: [Cuts] { model.admissibleCuts.filter(keepsEnough) }

    private func keepsEnough(_ cuts: Cuts) -> Bool {
        min(cuts.generatorHead, cuts.discriminatorHead) >= minimumHead
            && min(cuts.generatorTail, cuts.discriminatorTail) >= minimumTail
    }
}

/// Chooses the cuts of a fleet. A pure function: equal requests get equal answers.
public protocol Planner: Sendable {
    /// As in the experiment file.
    var name: String { get }

    /// One choice for each worker of the request, in its order; fixed ones as given.
    func plan(for request: PlanningRequest) throws(PlanningError) -> CutPlan
}

extension Planner {
    /// The choices of `plan(for:)` alone.
    public func cuts(for request: PlanningRequest) throws(PlanningError) -> [Cuts] { try plan(for: request).cuts }
}
