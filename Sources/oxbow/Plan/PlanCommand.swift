import ArgumentParser
import Foundation
import OxbowExperiment
import OxbowModel
import OxbowScheduling

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Chooses the cuts of a fleet, and proves how good they are.",
        discussion: """
            FLEET.yaml holds the core's speed and the tiers:
              core: { gflops: 672, bytes_per_second: 1e9 }
              tiers: [ { name: small, workers: 15, gflops: 20, bytes_per_second: 50e6, memory: 512MiB } ]
            docs/scheduling.md has the cost models, the planners and what the certificate means.
            Example: oxbow plan fleet.yaml
            Example: oxbow plan --published 100 --seed 2 --cost-model published --format json
            """)

    @Argument(help: "The fleet file.", completion: .yaml) var fleet: String?

    @Option(parsing: .unconditional, help: "Instead of a file: this many workers drawn from the seven published devices.")
    var published: Int?

    @Option(
        help: "A YAML file with width, batch, noise, image (28x28) and classes. Default: an experiment's model.",
        completion: .yaml)
    var model: String?

    @Option(help: "exact, genetic or uniform.") var planner = Experiment.Scheduler.PlannerName.exact

    @Option(help: "physical or published.") var costModel = Experiment.Scheduler.CostModel.physical

    @Option(parsing: .unconditional, help: "Images of a worker's batch. Default: the model's.") var batch: Int?

    @Option(parsing: .unconditional, help: "Steps between two barriers, which share a barrier's cost.") var stepsPerRound = 50

    @Option(parsing: .unconditional, help: "Blocks that every head keeps beyond the first.") var minHead = 0

    @Option(parsing: .unconditional, help: "Blocks that every tail keeps beyond the last.") var minTail = 0

    @Option(help: "Of the drawn fleet, and of the genetic planner.") var seed: UInt64 = 1

    @Option(help: "text or json.") var format = OutputFormat.text

    func run() throws {
        let request = try request()
        let planner = planner.planner(by: costModel.model, seed: seed)
        var plan: CutPlan?
        let seconds = try measured { plan = try planner.plan(for: request) }
        guard let plan else { preconditionFailure("the planner neither planned nor threw") }
        var report = try PlanReport(request, plan, by: costModel.model, planner: planner, planningSeconds: seconds)
        // A file's order is its writer's; drawn tiers come as they were drawn.
        if published != nil { report.tiers.sort { $0.name < $1.name } }
        switch format {
        case .json: try printJSON(report)
        case .text: print(report.text)
        }
    }

    private func request() throws -> PlanningRequest {
        if let batch { try checkNumber("--batch", batch, in: 2...65_536) }
        try checkNumber("--steps-per-round", stepsPerRound, in: 1...10_000_000)
        let file = try model.map { try ModelFile.load($0) } ?? ModelFile()
        let description = try ModelDescription(file.parameters)
        try checkNumber("--min-head", minHead, in: 0...description.maximalCuts.values.max()!)
        try checkNumber("--min-tail", minTail, in: 0...description.maximalCuts.values.max()!)
        let (core, workers) = try machines()
        return PlanningRequest(
            model: description, workers: workers, core: core, batch: batch ?? file.batch, stepsPerRound: stepsPerRound,
            minimumHead: minHead, minimumTail: minTail)
    }

    private func machines() throws -> (CoreDevice, [Candidate]) {
        switch (fleet, published) {
        case (let fleet?, nil):
            let file = try FleetFile.load(fleet)
            return (file.core, file.workers)
        case (nil, let count?):
            try checkNumber("--published", count, in: 1...1_000_000)
            return (PublishedFleet.core, PublishedFleet.draw(count, seed: seed))
        case (nil, nil):
            throw Failure(.usage, "Unable to plan: no fleet was named. Name a fleet file, or use --published N.")
        case (_?, _?):
            throw Failure(.usage, "Unable to plan: both a fleet file and --published were given. Use one of them.")
        }
    }
}
