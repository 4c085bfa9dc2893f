import OxbowModel

/// From genomes to plans and their seconds, fast: a genetic search asks a million times.
struct GenomeJudge {
    /// How many values each bit of a genome can have; four bits a worker.
    let valuesOfBits: [UInt8]
    private let table: CostTable
    private let genes: Int
    /// Values of each cut.
    private let radix: [Int]
    /// For each gene, the workers it describes: type and how many.
    private let workers: [[(type: Int, count: Int)]]
    /// `[type][values of a gene as a number]`: the option that a worker gets, the nearest one that it can hold.
    private let option: [[Int]]
    // Memory that is used again for each genome.
    private var totals: [Int]
    private var isChosen: [Bool]
    private var chosen: [(type: Int, option: Int)] = []
    private var loads: [Double]

    init(_ priced: PricedRequest, _ admissible: [Cuts], repeats: Int) {
        let table = priced.table
        let count = priced.request.workers.count
        let genes = (count + repeats - 1) / repeats
        let ranges = Cut.allCases.map { cut in
            let values = admissible.map { $0[cut] }
            return (values.min() ?? 0)...(values.max() ?? 0)
        }
        var typeOf = [Int](repeating: 0, count: count)
        for (type, group) in priced.types.enumerated() { for worker in group.workers { typeOf[worker] = type } }
        workers = (0..<genes).map { gene in
            var counts: [Int: Int] = [:]
            for worker in stride(from: gene, to: count, by: genes) { counts[typeOf[worker], default: 0] += 1 }
            return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
        radix = ranges.map(\.count)
        option = table.types.map { row in
            Self.allChoices(ranges).map { choice in
                row.allowed.min { Self.distance(table.options[$0], choice) < Self.distance(table.options[$1], choice) }!
            }
        }
        valuesOfBits = (0..<4 * genes).map { UInt8(ranges[$0 % 4].count) }
        totals = table.options.map { _ in 0 }
        isChosen = [Bool](repeating: false, count: table.types.count * table.options.count)
        loads = table.loads.map { _ in 0 }
        self.table = table
        self.genes = genes
    }

    private static func distance(_ left: Cuts, _ right: [Int]) -> Int {
        zip(left.values, right).reduce(0) { $0 + abs($1.0 - $1.1) }
    }

    /// Every choice, the last cut fastest.
    private static func allChoices(_ ranges: [ClosedRange<Int>]) -> [[Int]] {
        ranges.reduce([[]]) { choices, range in choices.flatMap { choice in range.map { choice + [$0] } } }
    }

    private func choice(_ genome: [UInt8], _ gene: Int) -> Int {
        var number = 0
        for cut in 0..<4 { number = number * radix[cut] + Int(genome[4 * gene + cut]) }
        return number
    }

    /// `[type * options + option]`.
    func counts(_ genome: [UInt8]) -> [Int] {
        var counts = [Int](repeating: 0, count: isChosen.count)
        for gene in 0..<genes {
            for (type, count) in workers[gene] {
                counts[type * table.options.count + option[type][choice(genome, gene)]] += count
            }
        }
        return counts
    }

    mutating func seconds(_ genome: [UInt8]) -> Double {
        for index in totals.indices { totals[index] = 0 }
        for gene in 0..<genes {
            let number = choice(genome, gene)
            for (type, count) in workers[gene] {
                let option = option[type][number]
                totals[option] += count
                let index = type * table.options.count + option
                if !isChosen[index] {
                    isChosen[index] = true
                    chosen.append((type, option))
                }
            }
        }
        defer {
            for (type, option) in chosen { isChosen[type * table.options.count + option] = false }
            chosen.removeAll(keepingCapacity: true)
        }
        return judged()
    }

    private mutating func judged() -> Double {
        var sum = 0.0
        for option in totals.indices { sum += table.serial[option] * Double(totals[option]) }
        for load in loads.indices {
            var seconds = 0.0
            for option in totals.indices { seconds += table.loads[load][option] * Double(totals[option]) }
            loads[load] = seconds
        }
        for stage in table.stages.indices {
            var slowest = 0.0
            for (type, option) in chosen { slowest = max(slowest, table.seconds(type, option, stage, loads)) }
            sum += slowest
        }
        return sum
    }
}
