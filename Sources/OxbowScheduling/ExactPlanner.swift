import OxbowModel

/// The fastest plan by a cost model, with a certificate: no plan takes fewer seconds than its lower bound.
public struct ExactPlanner: Planner {
    public var costModel: any CostModel
    /// How long each part of the problem is searched, in seconds of stages computed; then the gap is what is left.
    public var effort: Int
    /// A gap that is good enough to end the search.
    public var gap: Double

    public init(costModel: any CostModel, effort: Int = 1_000_000_000, gap: Double = 0) {
        self.costModel = costModel
        self.effort = effort
        self.gap = gap
    }

    public var name: String { "exact" }

    public func plan(for request: PlanningRequest) throws(PlanningError) -> CutPlan {
        let priced = try PricedRequest(request, costModel)
        let apart = solve(priced, priced.independentCuts())
        guard let plan = priced.combined(apart) else {
            // Somebody's memory ties the parts together: what they cost apart still is a bound.
            let whole = solve(priced, [Set(Cut.allCases)], above: apart.bound)
            let counts = whole.parts[0].search.best
            let evaluations = apart.evaluations + whole.evaluations
            return priced.plan(counts, planner: name, lowerBound: whole.certificate, evaluations: evaluations)
        }
        return priced.plan(plan, planner: name, lowerBound: apart.certificate, evaluations: apart.evaluations)
    }

    private func solve(_ priced: PricedRequest, _ sets: [Set<Cut>], above known: Double = 0) -> PartialSearches {
        var result = PartialSearches()
        for cuts in sets {
            var search = CutSearch(CostTable(priced.terms, priced.types, cuts: cuts))
            result.bound += search.run(effort: effort, gap: gap, above: known)
            result.parts.append((cuts, search))
        }
        return result
    }
}

/// Searches over sets of cuts that together are all four.
struct PartialSearches {
    var parts: [(cuts: Set<Cut>, search: CutSearch)] = []
    /// Seconds that no plan falls below.
    var bound = 0.0
    /// As `bound`; infinite where every part is optimal, since the whole's seconds, summed in another order, then are it.
    var certificate: Double { bound >= parts.reduce(0) { $0 + $1.search.bestSeconds } ? .infinity : bound }
    var evaluations: Int { parts.reduce(0) { $0 + $1.search.evaluations } }
}

extension PricedRequest {
    /// The counts over all cuts from the best over sets of them: of each type, the first workers get the least of each.
    ///
    /// nil if a worker cannot hold what it would get.
    func combined(_ searches: PartialSearches) -> [Int]? {
        var result = [Int](repeating: 0, count: table.types.count * table.options.count)
        let position = Dictionary(uniqueKeysWithValues: table.options.enumerated().map { ($0.element, $0.offset) })
        for type in table.types.indices {
            for (cuts, count) in runs(type, searches) {
                guard let option = position[cuts], table.types[type].allowed.contains(option) else { return nil }
                result[type * table.options.count + option] += count
            }
        }
        return result
    }

    /// Runs of equal choices in each set of cuts, laid side by side.
    private func runs(_ type: Int, _ searches: PartialSearches) -> [(cuts: Cuts, count: Int)] {
        var left = searches.parts.map { part in
            let options = part.search.table.options
            return options.indices.map { (option: options[$0], count: part.search.best[type * options.count + $0]) }
                .filter { $0.count > 0 }
        }
        var runs: [(cuts: Cuts, count: Int)] = []
        var remaining = table.types[type].count
        while remaining > 0 {
            let count = left.reduce(remaining) { min($0, $1[0].count) }
            var values = Cuts.minimal.values
            for (index, part) in searches.parts.enumerated() {
                for cut in part.cuts { values[cut.rawValue] = left[index][0].option[cut] }
                left[index][0].count -= count
                if left[index][0].count == 0 { left[index].removeFirst() }
            }
            guard let cuts = Cuts(values) else { preconditionFailure("\(values) are not four cuts") }
            runs.append((cuts, count))
            remaining -= count
        }
        return runs
    }
}
