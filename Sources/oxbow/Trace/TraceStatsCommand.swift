import ArgumentParser
import OxbowTrace

struct TraceStatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Counts, bytes, latencies, and where a run's time went.",
        discussion: """
            Exit code 4 if the file is no trace or was changed.
            Example: oxbow trace stats runs/mine/run.oxtrace
            """)

    @OptionGroup var trace: TraceFileArgument

    @Option(help: "text or json.") var format = OutputFormat.text

    func run() throws {
        let reader = try TraceReader(trace.chosen())
        let statistics = TraceStatistics(reader)
        try reader.checkIntegrity()
        switch format {
        case .json: try printJSON(statistics)
        case .text: for line in statistics.lines { print(line) }
        }
        try TraceFileArgument.tell(reader)
    }
}
