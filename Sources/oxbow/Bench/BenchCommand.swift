import ArgumentParser

/// `oxbow bench`: each subcommand measures one thing and says on which machine.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures this machine: kernels, whole steps, the broker's routing, the wire format, planners.",
        discussion: """
            What is compared runs in alternating turns, and medians are printed; docs/benchmarks.md says beside what, and
            why that is fair. Progress goes to standard error.
            Example: oxbow bench route --seconds 5 --format json --out route.json
            """,
        subcommands: [
            KernelsCommand.self, StepCommand.self, RouteCommand.self, WireCommand.self, PlanBenchCommand.self,
            ForwardCommand.self,
        ])
}
