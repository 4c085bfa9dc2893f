import Foundation
import OxbowModel
import OxbowScheduling
import OxbowTrace

/// A recorded run beside what it would be on another fleet.
struct PredictionReport: Encodable {
    struct Times: Encodable {
        /// Without barrier.
        var stepSeconds: Double
        var barrierSeconds: Double
        var roundSeconds: Double
        var samplesPerSecond: Double

        init(step: Double, barrier: Double, steps: Int, workers: Int, batch: Int) {
            (stepSeconds, barrierSeconds) = (step, barrier)
            roundSeconds = step * Double(steps) + barrier
            samplesPerSecond = Double(steps * workers * batch) / roundSeconds
        }
    }

    var run: String
    var recorded: Times
    var predicted: Times
    /// Of the model with the fitted speeds on the recorded fleet: its step over the recorded one, less 1. Where the model is too
    /// fast (below 0), the difference is added to every step.
    var modelError: Double
    /// By tier: the speed that was measured over the one declared or claimed.
    var speedRatios: [String: Double]
    var planner: String
    var tiers: [TierPlan]
    /// What takes the most of a step's seconds, first.
    var causes: [PlanReport.Cause]

    init(_ run: RecordedRun, _ calibration: FleetCalibration, _ request: PlanningRequest, _ plan: CutPlan) throws {
        let model = PhysicalCostModel()
        let (steps, batch) = (request.stepsPerRound, request.batch)
        self.run = run.header.run
        recorded = Times(
            step: calibration.measuredStep, barrier: calibration.measuredBarrier, steps: steps, workers: run.edges.count,
            batch: batch)
        let times = try model.times(of: plan.cuts, for: request)
        predicted = Times(
            step: times.step - times.barrier + calibration.stepOverhead,
            barrier: times.barrier * Double(steps) + calibration.barrierOverhead, steps: steps, workers: request.workers.count,
            batch: batch)
        modelError = calibration.modelledStep / calibration.measuredStep - 1
        (speedRatios, planner) = (calibration.slowness.mapValues { 1 / $0 }, plan.planner)
        tiers = try TierPlan.all(request, plan.cuts, by: model)
        causes = try model.breakdown(of: plan.cuts, for: request).causes.map {
            PlanReport.Cause(name: "\($0.cause)", seconds: $0.seconds)
        }
    }

    // MARK: For people

    var lines: [String] {
        let ratios = speedRatios.sorted { $0.key < $1.key }.map { "\($0.key) \(BenchTable.short($0.value))" }
        return [
            times, "", "On the recorded fleet the model's step is \(Self.error(modelError)).",
            "Measured/declared speed: \(ratios.joined(separator: ", ")).", "", tierTable, "", "A step waits for: \(waits).",
        ]
    }

    /// `19.4 % too fast`: the model's seconds are fewer than those recorded.
    static func error(_ error: Double) -> String {
        guard error.isFinite else { return "\(error) off" }
        let percent = String(format: "%.1f", abs(error) * 100)
        return percent == "0.0" ? "as recorded" : "\(percent) % too \(error < 0 ? "fast" : "slow")"
    }

    private var times: String {
        func row(_ name: String, _ times: Times) -> [String] {
            [name] + [times.stepSeconds, times.barrierSeconds, times.roundSeconds, times.samplesPerSecond].map(BenchTable.short)
        }
        let heading = ["seconds", "a step", "a barrier", "a round", "samples/s"]
        return TextTable([heading, row("recorded", recorded), row("predicted", predicted)], left: [0]).text
    }

    private var tierTable: String {
        let rows = tiers.flatMap { tier in
            tier.choices.map { [tier.name, "\($0.workers) x", "\($0.cuts)", BenchTable.short($0.seconds)] }
        }
        return TextTable([["tier", "workers", "cuts", "own seconds"]] + rows, left: [0]).text
    }

    private var waits: String {
        causes.prefix(4).map { "\($0.name) \(BenchTable.short($0.seconds)) s" }.joined(separator: ", ")
    }
}
