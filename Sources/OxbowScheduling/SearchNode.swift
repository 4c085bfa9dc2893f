/// A set of plans: who may choose what, how many choose each option, and how slow each stage is at least.
struct SearchNode {
    /// `[type * options + option]`.
    var open: [Bool]
    /// Seconds of each stage, weight included: no plan of this node that matters has a faster one.
    var floors: [Double]
    /// Workers by option.
    var least: [Int]
    var most: [Int]
    let workers: Int
    /// Seconds that no plan of this node falls below.
    var bound = 0.0
    /// Seconds of all serial loads together, as low as any plan of this node has them.
    var serialFloor = 0.0
    /// Of the loads; as low as any plan of this node has them.
    var loads: [Double] = []

    var isPinned: Bool { least == most }

    init(_ table: CostTable) {
        let options = table.options.count
        open = [Bool](repeating: false, count: table.types.count * options)
        for (type, row) in table.types.enumerated() {
            for option in row.allowed { open[type * options + option] = true }
        }
        floors = table.stages.map { _ in 0 }
        least = table.options.map { _ in 0 }
        most = table.options.map { _ in table.workerCount }
        workers = table.workerCount
    }

    /// Draws the conclusions of one limit on the others until nothing changes; false if no plan is left that takes
    /// fewer seconds than `best`.
    mutating func tighten(_ table: CostTable, below best: Double) -> Bool {
        while true {
            let before = (least, most, bound)
            guard settleTotals() else { return false }
            loads = table.loads.map(cheapest)
            guard let found = survey(table, best) else { return false }
            serialFloor = max(found.serial, cheapest(table.serial))
            bound = max(bound, floors.reduce(0, +) + serialFloor)
            guard bound < best else { return false }
            for option in least.indices {
                least[option] = max(least[option], found.forced[option])
                most[option] = min(most[option], found.possible[option])
            }
            if before == (least, most, bound) { return true }
        }
    }

    /// Each option's total given the others'.
    private mutating func settleTotals() -> Bool {
        let (all, any) = (least.reduce(0, +), most.reduce(0, +))
        guard all <= workers, any >= workers else { return false }
        for option in least.indices {
            let (low, high) = (least[option], most[option])
            guard low <= high else { return false }
            least[option] = max(low, workers - (any - high))
            most[option] = min(high, workers - (all - low))
        }
        return true
    }

    /// The least that a load can be with these totals: everybody beyond `least` where it adds the least.
    private func cheapest(_ seconds: [Double]) -> Double {
        var sum = 0.0
        var room = -least.reduce(0, +) + workers
        for option in least.indices { sum += seconds[option] * Double(least[option]) }
        for option in seconds.indices.sorted(by: { seconds[$0] < seconds[$1] }) where room > 0 {
            let taken = min(room, most[option] - least[option])
            sum += seconds[option] * Double(taken)
            room -= taken
        }
        return sum
    }

    private struct Survey {
        var forced: [Int]
        var possible: [Int]
        /// The sum of everybody's cheapest serial seconds.
        var serial = 0.0
    }

    /// Closes options that alone would make a plan no faster than `best`, and raises the floors; nil if a type has none
    /// left.
    private mutating func survey(_ table: CostTable, _ best: Double) -> Survey? {
        let (options, stages) = (table.options.count, table.stages.count)
        // A stage may exceed its floor by as much as the best plan exceeds the bound.
        let slack = best - bound
        var found = Survey(forced: least.map { _ in 0 }, possible: least.map { _ in 0 })
        var seconds = table.stages.map { _ in 0.0 }
        for (type, row) in table.types.enumerated() {
            var fastest = table.stages.map { _ in Double.infinity }
            var (choices, last, serial) = (0, 0, Double.infinity)
            for option in row.allowed where open[type * options + option] {
                for stage in 0..<stages { seconds[stage] = table.seconds(type, option, stage, loads) }
                guard (0..<stages).allSatisfy({ seconds[$0] <= floors[$0] + slack }) else {
                    open[type * options + option] = false
                    continue
                }
                for stage in 0..<stages { fastest[stage] = min(fastest[stage], seconds[stage]) }
                choices += 1
                last = option
                serial = min(serial, table.serial[option])
                found.possible[option] += row.count
            }
            guard choices > 0 else { return nil }
            if choices == 1 { found.forced[last] += row.count }
            found.serial += Double(row.count) * serial
            for stage in 0..<stages { floors[stage] = max(floors[stage], fastest[stage]) }
        }
        return found
    }
}
