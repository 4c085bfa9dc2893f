import OxbowModel

/// A request whose workers have chosen.
struct ChosenRequest {
    let terms: CostTerms
    let table: CostTable
    let counts: [Int]
    /// Of each type's first worker.
    let tiers: [String]
    private let types: [WorkerType]

    init(_ request: PlanningRequest, _ cuts: [Cuts], _ model: any CostModel) throws(PlanningError) {
        precondition(cuts.count == request.workers.count, "\(cuts.count) cuts for \(request.workers.count) workers")
        var fixed = request
        (fixed.minimumHead, fixed.minimumTail) = (0, 0)
        for worker in cuts.indices {
            fixed.workers[worker].fixed = cuts[worker]
            fixed.workers[worker].device?.memory = nil
        }
        let priced = try PricedRequest(fixed, model)
        terms = priced.terms
        table = priced.table
        types = priced.types
        tiers = priced.types.map { fixed.workers[$0.workers[0]].tier }
        let options = priced.table.options.indices
        counts = priced.table.types.flatMap { type in options.map { type.allowed[0] == $0 ? type.count : 0 } }
    }

    var shares: [CostShare] {
        let totals = table.totals(counts)
        let loads = table.loadSeconds(totals)
        let serial = terms.loads.filter(\.isSerial).map { load in
            let seconds = totals.indices.reduce(0) { $0 + Double(totals[$1]) * load.seconds[table.options[$1][load.cut]] }
            return CostShare(
                exchange: load.label.exchange, part: .core, name: load.label.name, cause: .core, seconds: seconds)
        }
        return table.stages.indices.flatMap { shares(of: $0, loads) } + serial
    }

    /// The parts of a stage's slowest worker.
    private func shares(of stage: Int, _ loads: [Double]) -> [CostShare] {
        var slowest = (seconds: -1.0, type: 0, option: 0)
        for (type, row) in table.types.enumerated() {
            let seconds = table.seconds(type, row.allowed[0], stage, loads)
            if seconds > slowest.seconds { slowest = (seconds, type, row.allowed[0]) }
        }
        let row = table.stages[stage]
        let entry = table.entries[table.place(slowest.type, slowest.option) + stage]
        let tier = tiers[slowest.type]
        func share(_ exchange: Int, _ part: CostShare.Part, _ cause: CostCause, _ seconds: Double) -> CostShare {
            let name = exchange == 0 ? row.label.name : PhysicalCostModel.exchangeNames[exchange]
            return CostShare(exchange: exchange, part: part, name: name, cause: cause, seconds: row.weight * seconds)
        }
        func wire(_ part: CostShare.Part, _ exchange: Int, _ own: Double, _ load: Double) -> CostShare {
            share(exchange, part, load > own ? .coreLink : .links(tier: tier), max(own, load))
        }
        let exchange = row.label.exchange
        // What comes down at the start of an exchange's stage is the answer to the one before.
        let before = exchange == 1 ? 6 : exchange == 7 || exchange == 0 ? exchange : exchange - 1
        let waits = loads[table.queues[slowest.option * table.stages.count + stage]]
        let parts = terms.stages[stage].work.map { $0.parts(types[slowest.type].device, table.options[slowest.option]) }
        return [
            share(exchange, .compute, .workers(tier: tier), parts.reduce(0) { $0 + $1.computing }),
            share(exchange, .up, .links(tier: tier), parts.reduce(0) { $0 + $1.up }),
            share(exchange, .down, .coreLink, parts.reduce(0) { $0 + $1.down }),
            wire(.up, exchange, entry.up, loads[row.upLoad]), wire(.down, before, entry.down, loads[row.downLoad]),
            // Only stages with a message each way have it.
            share(exchange, .up, .latency(tier: tier), entry.latency / 2),
            share(before, .down, .latency(tier: tier), entry.latency / 2),
            share(exchange, .core, .core, waits),
        ].filter { $0.seconds > 0 }
    }

    /// Positions in the request.
    func workers(ofType type: Int) -> [Int] { types[type].workers }

    /// By type, then by exchange.
    var workerSeconds: [[Int: WorkerSeconds]] {
        let loads = table.loadSeconds(table.totals(counts))
        return table.types.enumerated().map { type, row in
            var result: [Int: WorkerSeconds] = [:]
            for (stage, stageRow) in table.stages.enumerated() where ModelDescription.exchanges.contains(stageRow.label.exchange)
            {
                let entry = table.entries[table.place(type, row.allowed[0]) + stage]
                result[stageRow.label.exchange] = WorkerSeconds(
                    down: max(entry.down, loads[stageRow.downLoad]) + entry.latency / 2, computing: entry.work,
                    up: max(entry.up, loads[stageRow.upLoad]) + entry.latency / 2)
            }
            return result
        }
    }
}
