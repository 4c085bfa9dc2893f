import ArgumentParser
import OxbowModel
import OxbowScheduling

struct PlanBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "The planners on the same drawn fleets: seconds of a step, proof, planning time.",
        discussion: """
            Fleets of the published devices: drawn, made all different, and very large. 'genetic' is the published search;
            'genetic, each worker' does not lay its genome over the workers four times. It is left out where it would
            take hours.
            Example: oxbow bench plan --seeds 2 --format json --out plan.json
            """)

    @Option(help: "Fleets of each kind; their seeds are 1, 2, 3.") var seeds = 1

    @Option(help: "Generations of the genetic search.") var generations = 1000

    @Option(help: "Workers of the small fleets.") var workers = 100

    @Option(help: "Workers of the large fleet.") var large = 100_000

    @OptionGroup var options: BenchOptions

    private func check() throws {
        try BenchOptions.require((1...100).contains(seeds), "--seeds \(seeds)", "from 1 to 100")
        try BenchOptions.require((1...100_000).contains(generations), "--generations \(generations)", "from 1 to 100000")
        try BenchOptions.require((1...10_000).contains(workers), "--workers \(workers)", "from 1 to 10000")
        try BenchOptions.require((1...1_000_000).contains(large), "--large \(large)", "from 1 to 1000000")
    }

    func run() throws {
        try check()
        var result = BenchResult(bench: "plan")
        result.settings = [
            "seeds": "\(seeds)", "generations": "\(generations)", "workers": "\(workers)", "large": "\(large)",
        ]
        for costModel in [PublishedCostModel(), PhysicalCostModel()] as [any CostModel] {
            for seed in 1...UInt64(seeds) {
                // A drawn fourth four times over: what the published search's genome describes.
                let fourth = PublishedFleet.draw((workers + 3) / 4, seed: seed)
                let small = (0..<workers).map { fourth[$0 % fourth.count] }
                try add("\(workers) workers of 7 profiles", small, seed, costModel, genetic: true, &result)
                let different = PublishedFleet.drawDifferent(workers, seed: seed)
                try add("\(workers) different workers", different, seed, costModel, genetic: true, &result)
                let huge = PublishedFleet.draw(large, seed: seed)
                try add("\(large) workers of 7 profiles", huge, seed, costModel, genetic: large <= 1000, &result)
            }
        }
        result.notes = [
            "Planning seconds are the planner's alone, once each. The lower bound of 'genetic' and 'uniform' is that of the "
                + "first node of the exact planner's search, found without searching."
        ]
        try options.report(result)
    }

    private func add(
        _ fleet: String, _ workers: [Candidate], _ seed: UInt64, _ costModel: any CostModel, genetic: Bool,
        _ result: inout BenchResult
    ) throws {
        let request = PlanningRequest(
            model: try ModelDescription(ModelParameters()), workers: workers, core: PublishedFleet.core)
        let group = "cost model \(costModel.name), \(fleet), seed \(seed)"
        var optimum: Double?
        for (name, planner) in planners(costModel, seed, genetic: genetic) {
            options.progress("\(group): \(name)")
            var plan: CutPlan?
            let seconds = try measured { plan = try planner.plan(for: request) }
            guard let cost = plan?.cost else { continue }
            if planner is ExactPlanner, cost.gap == 0 { optimum = cost.seconds }
            let above = optimum.map {
                BenchValue("above_optimum_percent", "above the optimum %", max(0, cost.seconds / $0 - 1) * 100)
            }
            result.rows.append(
                BenchRow(
                    group, name,
                    [BenchValue("step_seconds", "s a step", cost.seconds)] + [above].compactMap { $0 } + [
                        BenchValue("lower_bound_seconds", "lower bound s", cost.lowerBound),
                        BenchValue("gap_percent", "gap %", cost.gap * 100),
                        BenchValue("evaluations", "evaluations", Double(cost.evaluations)),
                        BenchValue("planning_seconds", "planning ms", seconds, per: 1e-3),
                    ]))
        }
    }

    private func planners(_ costModel: any CostModel, _ seed: UInt64, genetic: Bool) -> [(String, any Planner)] {
        var repeated = GeneticPlanner(costModel: costModel, seed: seed)
        repeated.settings.generations = generations
        var each = repeated
        each.settings.repeats = 1
        let proven: [(String, any Planner)] = [
            ("exact", ExactPlanner(costModel: costModel)), ("uniform", UniformPlanner(costModel: costModel)),
        ]
        return proven + (genetic ? [("genetic", repeated), ("genetic, each worker", each)] : [])
    }
}
