import OxbowModel

/// What a cost model expects of each worker and exchange, to be set beside what a run measured.
public struct ModelledTimes: Hashable, Sendable {
    /// By the request's workers, then by exchange 1 to 6. Empty where a model does not tell exchanges apart.
    public var parts: [[Int: WorkerSeconds]]
    /// By exchange: seconds that the core computes for all, once their messages are in.
    public var core: [Int: Double]
    /// What a step has of its round's barrier.
    public var barrier: Double
    /// A whole step, the barrier's share among it.
    public var step: Double

    /// By the request's workers, then by exchange: seconds from the core's answer to the exchange before leaving to the
    /// worker's message being in.
    public var workers: [[Int: Double]] { parts.map { $0.mapValues(\.seconds) } }
}

/// Seconds of one worker between two meetings with the core.
public struct WorkerSeconds: Hashable, Sendable {
    /// From the core's answer leaving to the worker having it; latency and what all share of the core's link included.
    public var down: Double
    /// Of its own computing.
    public var computing: Double
    /// As `down`, for the message of this exchange.
    public var up: Double

    public var seconds: Double { down + computing + up }
}

extension CostModel {
    /// What this model expects of a step with one choice for each worker of the request; throws if a machine is not known.
    public func times(of cuts: [Cuts], for request: PlanningRequest) throws(PlanningError) -> ModelledTimes {
        let chosen = try ChosenRequest(request, cuts, self)
        let breakdown = try breakdown(of: cuts, for: request)
        var times = ModelledTimes(
            parts: cuts.map { _ in [:] }, core: [:], barrier: 0, step: breakdown.seconds)
        for share in breakdown.shares {
            if share.exchange == 7 { times.barrier += share.seconds }
            guard share.part == .core, ModelDescription.exchanges.contains(share.exchange) else { continue }
            times.core[share.exchange, default: 0] += share.seconds
        }
        for (type, seconds) in chosen.workerSeconds.enumerated() {
            for worker in chosen.workers(ofType: type) { times.parts[worker] = seconds }
        }
        return times
    }
}
