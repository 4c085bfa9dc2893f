import ArgumentParser
import Foundation
import OxbowExperiment
import OxbowModel
import OxbowScheduling
import OxbowTrace

struct TracePredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "What the recorded run would take on another fleet.",
        discussion: """
            The fleet file is one of 'oxbow plan'. What it leaves out of a tier that the trace knows, or of the core, is as recorded:
              tiers: [ { name: small, workers: 8 }, { name: large, workers: 2, bytes_per_second: 5e6 } ]
            Cuts are the scheduler's unless the file gives them; the cost model is 'physical' (docs/replay.md, "Predict").
            Example: oxbow trace predict runs/mine --fleet other.yaml
            """)

    @OptionGroup var trace: TraceFileArgument

    @Option(help: "The other fleet.", completion: .yaml) var fleet: String

    @Option(help: "exact, genetic or uniform.") var planner = Experiment.Scheduler.PlannerName.exact

    @Option(help: "text or json.") var format = OutputFormat.text

    func run() throws {
        let path = trace.chosen()
        let run = try RecordedRun(TraceReader(path))
        let experiment = try run.header.parsedExperiment()
        let devices = Dictionary(experiment.fleet.map { ($0.tier, $0.device) }) { first, _ in first }.compactMapValues { $0 }
        let calibration: FleetCalibration
        do {
            calibration = try FleetCalibration(run, declared: .init(core: experiment.core.device, devices: devices))
        } catch let failure as FleetCalibration.Failure {
            throw Failure(.usage, "Unable to predict from '\(path)': \(failure). Record a longer run.")
        }
        let file = try FleetFile.load(fleet, known: .init(core: calibration.core, devices: calibration.devices))
        let request = PlanningRequest(
            model: try ModelDescription(run.plan.model), workers: file.workers, core: file.core, batch: Int(run.plan.batch),
            stepsPerRound: Int(run.plan.stepsPerRound), minimumHead: experiment.minHead, minimumTail: experiment.minTail)
        let plan = try planner.planner(by: PhysicalCostModel(), seed: experiment.seed).plan(for: request)
        let report = try PredictionReport(run, calibration, request, plan)
        switch format {
        case .json: try printJSON(report)
        case .text: for line in report.lines { print(line) }
        }
    }
}
