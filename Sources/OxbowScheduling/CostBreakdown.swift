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
    case latency(tier: String)
    case core
    case coreLink

    public var description: String {
        switch self {
        case .workers(let tier): "computing of \(tier)"
        case .links(let tier): "links of \(tier)"
        case .latency(let tier): "latency of \(tier)"
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
