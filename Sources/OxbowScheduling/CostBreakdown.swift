import OxbowModel

/// Where the seconds of a step go when these cuts are used.
public struct CostBreakdown: Hashable, Sendable {
    public var seconds: Double
    /// By exchange; the barrier's and a model's without exchanges among them.
    public var shares: [CostShare]

    /// The seconds of each cause, most first.
    public var causes: [(cause: CostCause, seconds: Double)] {
        var sums: [CostCause: Double] = [:]
        for share in shares { sums[share.cause, default: 0] += share.seconds }
        return sums.map { ($0.key, $0.value) }.sorted { ($1.seconds, "\($0.cause)") < ($0.seconds, "\($1.cause)") }
    }
}

/// Seconds of a step that one thing takes while all others wait for it.
public struct CostShare: Hashable, Sendable {
    public enum Part: String, Hashable, Sendable, CaseIterable { case compute, up, core, down }
    public var exchange: Int
    public var part: Part
    public var name: String
    public var cause: CostCause
    public var seconds: Double
}

/// A machine or link that sets the pace.
public enum CostCause: Hashable, Sendable, CustomStringConvertible {
    /// The slowest workers of a stage, by tier.
    case workers(tier: String)
    case links(tier: String)
    case core
    case coreLink

    public var description: String {
        switch self {
        case .workers(let tier): "computing of \(tier)"
        case .links(let tier): "links of \(tier)"
        case .core: "computing of the core"
        case .coreLink: "the core's link"
        }
    }
}

extension CostModel {
    /// Cost of a step with one choice for each worker of the request; throws if a machine is not known.
    public func breakdown(of cuts: [Cuts], for request: PlanningRequest) throws(PlanningError) -> CostBreakdown {
        let priced = try ChosenRequest(request, cuts, self)
        return CostBreakdown(seconds: priced.table.seconds(priced.counts), shares: priced.shares)
    }

    /// Seconds of a step with one choice for each worker of the request.
    public func seconds(of cuts: [Cuts], for request: PlanningRequest) throws(PlanningError) -> Double {
        let priced = try ChosenRequest(request, cuts, self)
        return priced.table.seconds(priced.counts)
    }
}

/// A request whose workers have chosen.
private struct ChosenRequest {
    let terms: CostTerms
    let table: CostTable
    let counts: [Int]
    /// Of each type's first worker.
    let tiers: [String]

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
        return [
            share(exchange, .compute, .workers(tier: tier), entry.work),
            wire(.up, exchange, entry.up, loads[row.upLoad]), wire(.down, before, entry.down, loads[row.downLoad]),
            share(exchange, .core, .core, waits),
        ].filter { $0.seconds > 0 }
    }
}
