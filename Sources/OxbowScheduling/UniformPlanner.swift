import OxbowModel

/// Gives every worker the same cuts, but for those whose owner chose.
public struct UniformPlanner: Planner {
    /// What everybody gets; nil: the best by the cost model, or without one the least that the request admits.
    public var cuts: Cuts?
    public var costModel: (any CostModel)?

    public init(cuts: Cuts? = nil, costModel: (any CostModel)? = nil) {
        self.cuts = cuts
        self.costModel = costModel
    }

    public var name: String { "uniform" }

    public func plan(for request: PlanningRequest) throws(PlanningError) -> CutPlan {
        if let costModel { return try best(PricedRequest(request, costModel)) }
        let admissible = request.admissibleCuts
        guard let least = admissible.first else { throw request.nothingAdmissible }
        let common = cuts ?? least
        guard admissible.contains(common) else { throw .inadmissible("fleet", common, admissible) }
        var result: [Cuts] = []
        for worker in request.workers {
            let chosen = worker.fixed ?? common
            guard admissible.contains(chosen) else { throw .inadmissible(worker.id, chosen, admissible) }
            result.append(chosen)
        }
        return CutPlan(cuts: result, planner: name)
    }

    /// The common cuts with the fewest seconds among those that everybody can hold.
    private func best(_ priced: PricedRequest) throws(PlanningError) -> CutPlan {
        let table = priced.table
        var best: (seconds: Double, counts: [Int])?
        var evaluations = 0
        for option in table.options.indices where cuts == nil || table.options[option] == cuts {
            guard let counts = priced.counts(allOn: option) else { continue }
            let seconds = table.seconds(counts)
            evaluations += 1
            if best.map({ seconds < $0.seconds }) ?? true { best = (seconds, counts) }
        }
        guard let best else {
            throw PlanningError(
                subject: "fleet", reason: "no cuts suit every worker's memory",
                remedy: "Use the planner 'exact', which may give each worker its own, or name smaller cuts.")
        }
        return priced.plan(best.counts, planner: name, lowerBound: priced.rootBound(), evaluations: evaluations)
    }
}
