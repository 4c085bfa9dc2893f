import OxbowModel

/// The cuts of a fleet, what they cost and where they came from.
public struct CutPlan: Hashable, Sendable {
    /// One for each worker of the request, in its order.
    public var cuts: [Cuts]
    /// The planner's name.
    public var planner: String
    /// nil: chosen without a cost model.
    public var cost: PlanCost?

    public init(cuts: [Cuts], planner: String, cost: PlanCost? = nil) {
        self.cuts = cuts
        self.planner = planner
        self.cost = cost
    }
}

/// What a plan costs by a cost model, and how much better any other plan could be.
public struct PlanCost: Codable, Hashable, Sendable {
    /// The cost model's name.
    public var model: String
    /// A step of this plan.
    public var seconds: Double
    /// No plan for this request takes fewer seconds a step.
    public var lowerBound: Double
    /// Plans, and bounds on sets of plans, that were computed.
    public var evaluations: Int

    /// The share of `seconds` that a better plan could save at most; 0: nothing.
    public var gap: Double { seconds > 0 ? max(0, (seconds - lowerBound) / seconds) : 0 }

    public init(model: String, seconds: Double, lowerBound: Double, evaluations: Int) {
        self.model = model
        self.seconds = seconds
        self.lowerBound = lowerBound
        self.evaluations = evaluations
    }
}
