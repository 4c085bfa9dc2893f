import ArgumentParser

struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "What a run's trace tells (docs/trace.md).",
        subcommands: [
            TraceShowCommand.self, TraceStatsCommand.self, TraceExportCommand.self, TraceVerifyCommand.self,
            TraceDriveCommand.self, TracePredictCommand.self,
        ])
}
