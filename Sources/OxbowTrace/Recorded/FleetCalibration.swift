import OxbowModel
import OxbowProtocol
import OxbowScheduling

/// The machines of a recorded run at the speeds at which they were seen to work, for the physical cost model.
///
/// What the members claimed is scaled until the model's computing and wire are the recorded ones (docs/replay.md).
public struct FleetCalibration: Sendable {
    /// By tier: of its workers the mean.
    public var devices: [String: Device] = [:]
    public var core: CoreDevice
    /// Claimed speed over the one seen, by tier: above 1, slower than claimed.
    public var slowness: [String: Double] = [:]
    /// What a step and a barrier take beyond the model with these speeds: queues, heartbeats, saving. Seconds, 0 or more.
    public var stepOverhead = 0.0
    public var barrierOverhead = 0.0
    /// The recorded fleet: by the model with these speeds, without the overheads, and as it was. A step without barrier.
    public var modelledStep = 0.0
    public var measuredStep = 0.0
    public var measuredBarrier = 0.0

    /// What an experiment says of machines; it counts more than what they measured.
    public struct Declared: Sendable {
        public var core: CoreDevice?
        public var devices: [String: Device]

        public init(core: CoreDevice? = nil, devices: [String: Device] = [:]) { (self.core, self.devices) = (core, devices) }
    }

    /// Why a trace is no ground for a prediction; a sentence.
    public struct Failure: Error, CustomStringConvertible, Sendable {
        public let description: String
    }

    /// - Throws: `Failure` if the trace has no whole step or a machine of which nothing is known, `PlanningError`, `ModelError`.
    public init(_ run: RecordedRun, declared: Declared) throws {
        guard !run.stepSeconds.isEmpty, run.core.steps > 0 else {
            throw Failure(description: "it has no whole round with the members' times")
        }
        let width = run.plan.model.width
        let claimed = try zip(run.plan.assignments, run.edges).map { try Self.device($0, $1, declared, width) }
        guard
            let claimedCore = declared.core
                ?? run.core.hello?.capabilities.device(width: width, run.core.link, memory: nil).map({
                    CoreDevice(gflops: $0.gflops, bytesPerSecond: $0.bytesPerSecond)
                })
        else { throw Failure(description: "nothing is known of its core's speed") }
        core = claimedCore
        let request = try run.request(claimed, claimedCore)
        let cuts = run.plan.assignments.map(\.cuts)
        let times = try PhysicalCostModel().times(of: cuts, for: request)
        let seen = zip(run.edges, claimed).enumerated().map { index, pair in
            Seen(pair.0, pair.1, times.parts[index], request, cuts[index])
        }
        fitTiers(run, seen)
        fitCore(run, times)
        try measure(run, cuts)
    }

    private static func device(
        _ assignment: Assignment, _ member: RecordedMember, _ declared: Declared, _ width: Double
    ) throws -> Device {
        guard
            let device = declared.devices[assignment.tier]
                ?? member.hello?.capabilities.device(width: width, member.link, memory: nil)
        else { throw Failure(description: "nothing is known of the speed of '\(assignment.workerID)'") }
        guard member.steps > 0 else { throw Failure(description: "'\(assignment.workerID)' told no times") }
        return device
    }

    private mutating func fitTiers(_ run: RecordedRun, _ seen: [Seen]) {
        var byTier: [String: [Seen]] = [:]
        for (assignment, worker) in zip(run.plan.assignments, seen) { byTier[assignment.tier, default: []].append(worker) }
        for (tier, workers) in byTier {
            let count = Double(workers.count)
            let slowness = workers.reduce(0) { $0 + $1.slowness } / count
            let delay = workers.reduce(0) { $0 + $1.delay } / count
            // Workers of a tier claim much the same; the first stands for all.
            var device = workers[0].device
            device.gflops /= slowness
            device.outerGflops /= slowness
            device.bytesPerSecond /= delay
            device.latencySeconds *= delay
            devices[tier] = device
            self.slowness[tier] = slowness
        }
    }

    private mutating func fitCore(_ run: RecordedRun, _ times: ModelledTimes) {
        let modelled = times.core.values.reduce(0, +)
        let measured = (run.core.computeSeconds + run.core.codecSeconds) / Double(run.core.steps)
        if modelled > 0, measured > 0 { core.gflops *= Seen.bounded(modelled / measured) }
    }

    /// The recorded fleet anew, by the fitted speeds.
    private mutating func measure(_ run: RecordedRun, _ cuts: [Cuts]) throws {
        let fitted = run.plan.assignments.compactMap { devices[$0.tier] }
        let times = try PhysicalCostModel().times(of: cuts, for: run.request(fitted, core))
        modelledStep = times.step - times.barrier
        measuredStep = run.stepSeconds.reduce(0, +) / Double(run.stepSeconds.count)
        stepOverhead = max(0, measuredStep - modelledStep)
        guard !run.barrierSeconds.isEmpty else { return }
        measuredBarrier = run.barrierSeconds.reduce(0, +) / Double(run.barrierSeconds.count)
        barrierOverhead = max(0, measuredBarrier - times.barrier * Double(run.plan.stepsPerRound))
    }
}

/// One worker as it claimed to be, and as it was seen.
private struct Seen {
    let device: Device
    /// Measured over modelled seconds of computing.
    let slowness: Double
    /// Measured over modelled seconds of its own link.
    let delay: Double

    init(_ member: RecordedMember, _ device: Device, _ parts: [Int: WorkerSeconds], _ request: PlanningRequest, _ cuts: Cuts) {
        self.device = device
        let steps = Double(max(1, member.steps))
        let busy = (member.computeSeconds + member.codecSeconds) / steps
        let modelled = parts.values.reduce(0) { $0 + $1.computing }
        slowness = modelled > 0 && busy > 0 ? Self.bounded(busy / modelled) : 1
        let wire = max(0, member.answerSeconds / steps - busy)
        let all = parts.values.reduce(0) { $0 + $1.down + $1.up }
        let bytes = (try? request.model.stepBytes(cuts: cuts, batch: request.batch)) ?? 0
        let own = Double(bytes) / device.bytesPerSecond + Double(2 * parts.count) * device.latencySeconds
        // What all share of the core's link is not this link's.
        let seen = wire - max(0, all - own)
        delay = own > 0 && seen > 0 ? Self.bounded(seen / own) : 1
    }

    static func bounded(_ scale: Double) -> Double { min(max(scale, 1e-3), 1e3) }
}

extension RecordedRun {
    /// The recorded fleet, as a planner is asked, with these machines.
    func request(_ devices: [Device], _ core: CoreDevice) throws -> PlanningRequest {
        PlanningRequest(
            model: try ModelDescription(plan.model),
            workers: zip(plan.assignments, devices).map { Candidate(id: $0.workerID, tier: $0.tier, device: $1) }, core: core,
            batch: Int(plan.batch), stepsPerRound: Int(plan.stepsPerRound))
    }
}
