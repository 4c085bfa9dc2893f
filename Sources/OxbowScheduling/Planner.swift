import OxbowModel

/// A worker as a planner sees it.
public struct Candidate: Hashable, Sendable {
    public var id: String
    public var tier: String
    /// Cuts that its owner chose; a planner leaves them as they are.
    public var fixed: Cuts?

    public init(id: String, tier: String, fixed: Cuts? = nil) {
        self.id = id
        self.tier = tier
        self.fixed = fixed
    }
}

/// What a planner is asked: a model, the workers by rising slot, and how much each must keep at home.
public struct PlanningRequest: Hashable, Sendable {
    public var model: ModelDescription
    public var workers: [Candidate]
    /// Blocks that every head keeps beyond the first, in both networks.
    public var minimumHead: Int
    /// Blocks that every tail keeps beyond the last, in both networks.
    public var minimumTail: Int

    public init(model: ModelDescription, workers: [Candidate], minimumHead: Int = 0, minimumTail: Int = 0) {
        self.model = model
        self.workers = workers
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
    func cuts(for request: PlanningRequest) throws(PlanningError) -> [Cuts]
}

/// Why no plan can be made, as one sentence with its remedy.
public struct PlanningError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A worker, or "fleet".
    public let subject: String
    public let reason: String
    public let remedy: String

    public init(subject: String, reason: String, remedy: String) {
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "Unable to plan '\(subject)': \(reason). \(remedy)" }
}
