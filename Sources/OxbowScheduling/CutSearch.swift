/// Branch and bound for the fastest plan of a table; ends with a lower bound whether or not it has seen everything.
///
/// A node is a set of plans. Its bound is the sum of the least that each serial load and each stage can be: loads at
/// their least under the node's totals, each stage at the pace of the worker that cannot do better under these loads.
/// Every load adds up what workers add by their options and never shrinks by a worker more, and a stage's seconds rise
/// with the loads, so no plan of the node falls below. A node is split in two that together hold all of its plans:
/// - by a stage: either nobody chooses an option that is slower there than v, or somebody does, and then the stage takes
///   at least the next slower option's seconds;
/// - by an option's total: at most m workers choose it, or more.
/// Once all totals are given, loads are too; then a plan with these totals is a flow from types to open options. So the
/// search ends, and when no node is left below the best plan, that plan is an optimum.
struct CutSearch {
    let table: CostTable
    /// Seconds that no plan falls below, from the first node alone.
    let rootBound: Double
    /// `[type * options + option]`: workers of the best plan so far.
    private(set) var best: [Int]
    private(set) var bestSeconds: Double
    private(set) var evaluations = 0
    private var queue = NodeQueue()
    private let root: SearchNode

    /// Plans closer than this to the best are not told from it: sums of doubles differ by as much.
    private static let precision = 1e-12

    init(_ table: CostTable) {
        self.table = table
        var root = SearchNode(table)
        _ = root.tighten(table, below: .infinity)
        self.root = root
        rootBound = root.bound
        best = []
        bestSeconds = .infinity
    }

    /// - Parameters:
    ///   - effort: seconds of a stage to compute at most, for one type and option at a time.
    ///   - gap: a share of the best plan's seconds that need not be searched for.
    ///   - known: seconds that no plan falls below, from elsewhere.
    /// - Returns: seconds that no plan falls below.
    mutating func run(effort: Int, gap: Double, above known: Double = 0) -> Double {
        descend()
        queue.push(root)
        var examined = 0
        let nodes = max(1, effort / max(1, table.entries.count))
        while let node = queue.pop() {
            let bound = max(known, node.bound)
            guard bound < bestSeconds * (1 - Self.precision) else { return bestSeconds }
            guard bound < bestSeconds * (1 - gap), examined < nodes else { return bound }
            examined += 1
            examine(node)
        }
        return bestSeconds
    }

    /// The best plan among those that put every type on one option, moving one type at a time: a start, no more.
    private mutating func descend() {
        var counts = [Int](repeating: 0, count: table.types.count * table.options.count)
        for (type, row) in table.types.enumerated() { counts[type * table.options.count + row.allowed[0]] = row.count }
        offer(counts)
        for option in table.options.indices {
            var uniform = counts
            for (type, row) in table.types.enumerated() where row.allowed.contains(option) {
                uniform[type * table.options.count + row.allowed[0]] = 0
                uniform[type * table.options.count + option] = row.count
            }
            offer(uniform)
        }
    }

    private mutating func offer(_ counts: [Int]) {
        evaluations += 1
        let seconds = table.seconds(counts)
        if seconds < bestSeconds { (best, bestSeconds) = (counts, seconds) }
    }

    private mutating func examine(_ node: SearchNode) {
        var node = node
        evaluations += 1
        let target = bestSeconds * (1 - Self.precision)
        guard node.tighten(table, below: target) else { return }
        guard let plan = node.plan(table) else { return }
        offer(plan)
        if !node.isPinned { offer(node.plan(table, favouring: .loads) ?? plan) }
        guard node.bound < bestSeconds * (1 - Self.precision) else { return }
        for child in node.split(table, around: plan) { queue.push(child) }
    }
}
