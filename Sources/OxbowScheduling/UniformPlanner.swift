import OxbowModel

/// Gives every worker the same cuts.
public struct UniformPlanner: Planner {
    /// What everybody gets; nil: the least that the request admits.
    public var cuts: Cuts?

    public init(cuts: Cuts? = nil) { self.cuts = cuts }

    public var name: String { "uniform" }

    public func cuts(for request: PlanningRequest) throws(PlanningError) -> [Cuts] {
        let admissible = request.admissibleCuts
        guard let least = admissible.first else {
            let reason = "no cuts keep \(request.minimumHead) blocks more in every head and \(request.minimumTail) in every tail"
            throw PlanningError(subject: "fleet", reason: reason, remedy: "Lower min_head or min_tail.")
        }
        let common = cuts ?? least
        guard admissible.contains(common) else { throw Self.refusal("fleet", common, admissible) }
        var result: [Cuts] = []
        for worker in request.workers {
            let chosen = worker.fixed ?? common
            guard admissible.contains(chosen) else { throw Self.refusal(worker.id, chosen, admissible) }
            result.append(chosen)
        }
        return result
    }

    private static func refusal(_ subject: String, _ cuts: Cuts, _ admissible: [Cuts]) -> PlanningError {
        let (least, most) = (admissible.first!.values, admissible.last!.values)
        return PlanningError(
            subject: subject, reason: "cuts \(cuts.values) are not admissible",
            remedy: "Choose each of the four between \(least) and \(most), or lower min_head and min_tail.")
    }
}
