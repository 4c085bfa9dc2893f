import OxbowModel

/// What a worker does in a step by a cost model, whatever the others do.
public struct WorkerLoad: Hashable, Sendable {
    /// GFLOP of its own.
    public var gflop: Double
    /// Seconds of its computing and of its link, if nobody else were there.
    public var seconds: Double
}

extension CostModel {
    /// What a worker with this machine and these cuts does in a step; nil if the core is not known.
    public func load(of device: Device, cuts: Cuts, for request: PlanningRequest) -> WorkerLoad? {
        guard let core = request.core else { return nil }
        return terms(for: request, core: core).stages.reduce(into: WorkerLoad(gflop: 0, seconds: 0)) { load, stage in
            let entry = stage.entry(device, cuts)
            load.seconds += stage.weight * entry.seconds
            load.gflop += stage.weight * stage.work.reduce(0) { $0 + $1.gflop[cuts[$1.cut]] + $1.outerGflop[cuts[$1.cut]] }
        }
    }
}
