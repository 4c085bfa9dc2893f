// From a node to a plan in it, and to two nodes that share it out.
extension SearchNode {
    /// What decides between a type's open options.
    enum Preference { case serial, loads }

    /// `[type * options + option]`: a plan of open options; with pinned totals one that has them, or nil if there is none.
    func plan(_ table: CostTable, favouring preference: Preference = .serial) -> [Int]? {
        let prices = table.options.indices.map { option in
            table.serial[option] + (preference == .loads ? table.loads.reduce(0) { $0 + $1[option] } : 0)
        }
        let order = prices.indices.sorted { prices[$0] < prices[$1] }
        var flow = Flow(table, open: open, room: most)
        for type in table.types.indices { flow.fill(type, order) }
        if flow.settle() || !isPinned { return flow.settledAnyway(order) }
        return nil
    }

    /// Two nodes that hold every plan of this one that could be faster than the best; none if all its plans are equal.
    func split(_ table: CostTable, around plan: [Int]) -> [SearchNode] {
        let totals = table.totals(plan)
        let atLeast = table.paces(plan, loads)
        let paces = table.paces(plan, table.loadSeconds(totals))
        let excess = zip(atLeast, floors).map { $0 - $1 }
        let stage = excess.indices.max { excess[$0] < excess[$1] }
        // The share of the plan's seconds above the bound that comes from its loads rather than from slow options.
        let byLoads = zip(paces, atLeast).reduce(serial(table, totals) - serialFloor) { $0 + $1.0 - $1.1 }
        let widest = least.indices.max { most[$0] - least[$0] < most[$1] - least[$1] }
        let precision = 1e-13 * bound
        if let stage, excess[stage] > precision, excess[stage] >= byLoads || isPinned {
            return split(table, stage: stage, below: atLeast[stage])
        }
        if let widest, most[widest] > least[widest] { return split(option: widest) }
        if let stage, excess[stage] > 0 { return split(table, stage: stage, below: atLeast[stage]) }
        return []
    }

    private func serial(_ table: CostTable, _ totals: [Int]) -> Double {
        totals.indices.reduce(0) { $0 + table.serial[$1] * Double(totals[$1]) }
    }

    private func split(option: Int) -> [SearchNode] {
        let middle = (least[option] + most[option]) / 2
        var (few, many) = (self, self)
        few.most[option] = middle
        many.least[option] = middle + 1
        return [few, many]
    }

    /// Nobody slower than the middle one of the open options' seconds in this stage, or somebody.
    private func split(_ table: CostTable, stage: Int, below pace: Double) -> [SearchNode] {
        var values: [Double] = []
        forEachOpen(table) { type, option in
            let seconds = table.seconds(type, option, stage, loads)
            if seconds > floors[stage], seconds < pace { values.append(seconds) }
        }
        values.sort()
        let limit = values.isEmpty ? floors[stage] : values[values.count / 2]
        var (fast, slow) = (self, self)
        var next = Double.infinity
        forEachOpen(table) { type, option in
            let seconds = table.seconds(type, option, stage, loads)
            guard seconds > limit else { return }
            fast.open[type * table.options.count + option] = false
            next = min(next, seconds)
        }
        slow.floors[stage] = max(slow.floors[stage], next)
        return [fast, slow]
    }

    private func forEachOpen(_ table: CostTable, _ body: (Int, Int) -> Void) {
        for (type, row) in table.types.enumerated() {
            for option in row.allowed where open[type * table.options.count + option] { body(type, option) }
        }
    }
}
