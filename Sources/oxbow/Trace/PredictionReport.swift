import OxbowModel
import OxbowScheduling
import OxbowTrace

/// A recorded run beside what it would be on another fleet.
struct PredictionReport: Encodable {
    /// Seconds of a step without barrier, of a barrier, and of a round.
    struct Times: Encodable {
        var step: Double
        var barrier: Double
        var round: Double
        var samplesPerSecond: Double

        init(step: Double, barrier: Double, steps: Int, workers: Int, batch: Int) {
            (self.step, self.barrier) = (step, barrier)
            round = step * Double(steps) + barrier
            samplesPerSecond = Double(steps * workers * batch) / round
        }
    }

    var run: String
    var recorded: Times
    var predicted: Times
    /// The model with the fitted speeds on the recorded fleet, against what was recorded; its difference is added to every step.
    var modelError: Double
    /// By tier: seconds seen over seconds claimed.
    var slowness: [String: Double]
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
        (slowness, planner) = (calibration.slowness, plan.planner)
        tiers = try TierPlan.all(request, plan.cuts, by: model)
        causes = try model.breakdown(of: plan.cuts, for: request).causes.map {
            PlanReport.Cause(name: "\($0.cause)", seconds: $0.seconds)
        }
    }

    // MARK: For people

    var lines: [String] {
        let slower = slowness.sorted { $0.key < $1.key }.map { "\($0.key) \(BenchTable.short($0.value))" }
        return [
            times, "",
            "On the recorded fleet the model gives a step \(BenchTable.short(modelError * 100)) % off what was recorded; computing took, "
                + "times what was claimed: \(slower.joined(separator: ", ")).",
            "", tierTable, "", "A step waits for: \(waits).",
        ]
    }

    private var times: String {
        func row(_ name: String, _ times: Times) -> [String] {
            [name] + [times.step, times.barrier, times.round, times.samplesPerSecond].map(BenchTable.short)
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
