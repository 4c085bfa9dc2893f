import OxbowModel

/// A request with its workers grouped and a cost model's terms as a table: what every planner with a cost model needs.
struct PricedRequest {
    let request: PlanningRequest
    let modelName: String
    let types: [WorkerType]
    let terms: CostTerms
    /// Over all four cuts.
    let table: CostTable

    init(_ request: PlanningRequest, _ model: any CostModel) throws(PlanningError) {
        guard let core = request.core else {
            throw PlanningError(
                subject: "core", reason: "its speed is not known", remedy: "Give the core gflops and bytes_per_second.")
        }
        self.request = request
        modelName = model.name
        types = try request.types()
        terms = model.terms(for: request, core: core)
        table = CostTable(terms, types)
    }

    /// Everybody on one option, but for workers whose owner chose; nil if somebody cannot hold it.
    func counts(allOn option: Int) -> [Int]? {
        var counts = [Int](repeating: 0, count: table.types.count * table.options.count)
        for type in table.types.indices {
            let isFixed = request.workers[types[type].workers[0]].fixed != nil
            guard isFixed || table.types[type].allowed.contains(option) else { return nil }
            counts[type * table.options.count + (isFixed ? table.types[type].allowed[0] : option)] = table.types[type].count
        }
        return counts
    }

    /// Cuts by worker: of each type, the first workers get the least cuts.
    func cuts(_ counts: [Int]) -> [Cuts] {
        var result = [Cuts](repeating: .minimal, count: request.workers.count)
        for type in types.indices {
            var next = types[type].workers.makeIterator()
            for option in table.options.indices {
                for _ in 0..<counts[type * table.options.count + option] {
                    guard let worker = next.next() else { preconditionFailure("type \(type) got more cuts than workers") }
                    result[worker] = table.options[option]
                }
            }
        }
        return result
    }

    /// - Parameter lowerBound: rounding may have put it above the plan's own seconds.
    func plan(_ counts: [Int], planner: String, lowerBound: Double, evaluations: Int) -> CutPlan {
        let seconds = table.seconds(counts)
        let cost = PlanCost(
            model: modelName, seconds: seconds, lowerBound: min(seconds, lowerBound), evaluations: evaluations)
        return CutPlan(cuts: cuts(counts), planner: planner, cost: cost)
    }

    /// Seconds that no plan falls below, found without searching.
    func rootBound() -> Double {
        independentCuts().reduce(0) { $0 + CutSearch(CostTable(terms, types, cuts: $1)).rootBound }
    }

    /// Sets of cuts that share no stage: but for workers' memory, each can be planned by itself.
    func independentCuts() -> [Set<Cut>] {
        var sets = Cut.allCases.map { Set([$0]) }
        for cuts in terms.stages.map(\.cuts) {
            let joined = sets.filter { !$0.isDisjoint(with: cuts) }.reduce(into: Set<Cut>()) { $0.formUnion($1) }
            sets = sets.filter { $0.isDisjoint(with: cuts) } + [joined]
        }
        return sets
    }
}
