import OxbowModel

/// Cost terms as numbers for the types and options of one request, or for some of its four cuts only.
///
/// Restricted to a set of cuts, an option is a choice of these alone and only the stages and loads that follow from them
/// are kept; the sum over sets that share no stage is the whole cost.
struct CostTable {
    /// A choice of the table's cuts; the others are those of the first choice that has them.
    let options: [Cuts]
    let types: [TypeRow]
    let stages: [StageRow]
    /// A worker's own seconds: `[(type * options + option) * stages + stage]`.
    let entries: [Entry]
    /// The load that a worker waits for: `[option * stages + stage]`.
    let queues: [Int]
    /// Seconds that a worker adds to a load, by option. Load 0 is nothing.
    let loads: [[Double]]
    /// Seconds of all serial loads together that a worker adds, by option.
    let serial: [Double]
    let workerCount: Int

    struct TypeRow {
        var count: Int
        /// Indices of options, rising.
        var allowed: [Int]
    }

    struct StageRow {
        var label: CostLabel
        var weight: Double
        /// Loads of the core's link.
        var downLoad: Int
        var upLoad: Int
    }

    /// Seconds of a worker alone, before the stage's weight.
    struct Entry {
        var down: Double
        var work: Double
        var up: Double
        /// Of both messages, whoever's link sets their pace.
        var latency: Double
        var seconds: Double { down + work + up + latency }
    }

    /// Where a type's entries for an option begin.
    func place(_ type: Int, _ option: Int) -> Int { (type * options.count + option) * stages.count }

    /// Seconds of a stage, weight included, for one type and option under these loads.
    func seconds(_ type: Int, _ option: Int, _ stage: Int, _ loads: [Double]) -> Double {
        let entry = entries[place(type, option) + stage]
        let row = stages[stage]
        let waits = loads[queues[option * stages.count + stage]]
        return row.weight
            * (max(entry.down, loads[row.downLoad]) + entry.latency + entry.work + waits + max(entry.up, loads[row.upLoad]))
    }

    /// Seconds of each load when so many workers choose each option.
    func loadSeconds(_ totals: [Int]) -> [Double] { loads.map { Self.sum($0, totals) } }

    /// Workers by option, of `counts[type * options + option]`.
    func totals(_ counts: [Int]) -> [Int] {
        var totals = options.map { _ in 0 }
        for index in counts.indices { totals[index % options.count] += counts[index] }
        return totals
    }

    /// Seconds of a step when `counts[type * options + option]` workers choose each option.
    func seconds(_ counts: [Int]) -> Double {
        let totals = totals(counts)
        let loads = loadSeconds(totals)
        return Self.sum(serial, totals) + paces(counts, loads).reduce(0, +)
    }

    /// Seconds of each stage's slowest worker, weight included.
    func paces(_ counts: [Int], _ loads: [Double]) -> [Double] {
        var paces = stages.map { _ in 0.0 }
        for type in types.indices {
            for option in types[type].allowed where counts[type * options.count + option] > 0 {
                for stage in stages.indices { paces[stage] = max(paces[stage], seconds(type, option, stage, loads)) }
            }
        }
        return paces
    }

    private static func sum(_ seconds: [Double], _ totals: [Int]) -> Double {
        var sum = 0.0
        for option in totals.indices { sum += seconds[option] * Double(totals[option]) }
        return sum
    }
}

// How a table is made.
extension CostTable {
    init(_ terms: CostTerms, _ workers: [WorkerType], cuts: Set<Cut> = Set(Cut.allCases)) {
        let options = Self.choices(workers, cuts)
        let position = Dictionary(uniqueKeysWithValues: options.enumerated().map { (Self.part($0.element, cuts), $0.offset) })
        let kept = terms.loads.indices.filter { cuts.contains(terms.loads[$0].cut) }
        let named = kept.filter { !terms.loads[$0].isSerial }
        let places = Dictionary(uniqueKeysWithValues: named.enumerated().map { ($0.element, $0.offset + 1) })
        func place(_ load: Int?) -> Int { load.flatMap { places[$0] } ?? 0 }
        func seconds(_ load: Int) -> [Double] { options.map { terms.loads[load].seconds[$0[terms.loads[load].cut]] } }
        let stages = terms.stages.filter { $0.cuts.isSubset(of: cuts) }
        self.options = options
        types = workers.map { type in
            TypeRow(count: type.count, allowed: Set(type.options.compactMap { position[Self.part($0, cuts)] }).sorted())
        }
        self.stages = stages.map {
            StageRow(label: $0.label, weight: $0.weight, downLoad: place($0.down?.load), upLoad: place($0.up?.load))
        }
        entries = workers.flatMap { type in options.flatMap { option in stages.map { $0.entry(type.device, option) } } }
        queues = options.flatMap { option in stages.map { place($0.load(queuedBy: option)) } }
        loads = [options.map { _ in 0 }] + named.map(seconds)
        serial = kept.filter { terms.loads[$0].isSerial }.map(seconds)
            .reduce(options.map { _ in 0 }) { zip($0, $1).map { $0 + $1 } }
        workerCount = workers.reduce(0) { $0 + $1.count }
    }

    /// One choice for each way to set these cuts, in rising order.
    private static func choices(_ workers: [WorkerType], _ cuts: Set<Cut>) -> [Cuts] {
        let all = Set(workers.flatMap(\.options)).sorted { $0.values.lexicographicallyPrecedes($1.values) }
        var seen: Set<[Int]> = []
        return all.filter { seen.insert(part($0, cuts)).inserted }
    }

    /// The values of these cuts alone.
    static func part(_ choice: Cuts, _ cuts: Set<Cut>) -> [Int] {
        Cut.allCases.filter(cuts.contains).map { choice[$0] }
    }
}

extension Stage {
    func entry(_ device: Device, _ choice: Cuts) -> CostTable.Entry {
        func alone(_ wire: Wire?) -> Double { wire.map { $0.bytes[choice[$0.cut]] / device.bytesPerSecond } ?? 0 }
        return CostTable.Entry(
            down: alone(down), work: work.reduce(0) { $0 + $1.seconds(device, choice) }, up: alone(up),
            latency: device.latencySeconds * ((down?.messages ?? 0) + (up?.messages ?? 0)))
    }

    func load(queuedBy choice: Cuts) -> Int? { queue.flatMap { $0.loads[choice[$0.cut]] } }
}

extension Work {
    /// Of a worker with this machine and choice.
    func seconds(_ device: Device, _ choice: Cuts) -> Double {
        let value = choice[cut]
        return gflop[value] / device.gflops + outerGflop[value] / device.outerGflops + bytes[value] / device.bytesPerSecond
            + received[value]
    }

    /// The same by what it takes: computing, and wire of which the model makes no message of its own.
    func parts(_ device: Device, _ choice: Cuts) -> (computing: Double, up: Double, down: Double) {
        let value = choice[cut]
        return (
            gflop[value] / device.gflops + outerGflop[value] / device.outerGflops, bytes[value] / device.bytesPerSecond,
            received[value]
        )
    }
}

extension Cuts {
    subscript(cut: Cut) -> Int {
        get { values[cut.rawValue] }
    }
}
