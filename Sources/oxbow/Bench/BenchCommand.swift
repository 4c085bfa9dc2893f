import ArgumentParser

/// `oxbow bench`: each subcommand measures one thing and says on which machine.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures this machine: kernels, whole steps, the broker's routing, the wire format, planners.",
        discussion: """
            Each benchmark compares two things in alternating turns and prints medians; docs/benchmarks.md says what is
            compared and why it is fair. Progress goes to standard error.
            Example: oxbow bench route --seconds 5 --format json --out route.json
            """,
        subcommands: [
            KernelsCommand.self, StepCommand.self, RouteCommand.self, WireCommand.self, PlanBenchCommand.self,
            ForwardCommand.self,
        ])
}
