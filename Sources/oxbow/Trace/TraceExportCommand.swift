import ArgumentParser
import OxbowTrace

struct TraceExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a trace as a timeline for ui.perfetto.dev, or as CSV.",
        discussion: """
            Exit code 4 if the file is no trace or was changed, 7 if the output cannot be written.
            Example: oxbow trace export runs/mine/run.oxtrace --to perfetto --out timeline.json
            Example: oxbow trace export runs/mine/run.oxtrace --to csv --out messages.csv
            """)

    enum Form: String, ExpressibleByArgument, CaseIterable {
        case perfetto, csv
    }

    @OptionGroup var trace: TraceFileArgument

    @Option(help: "perfetto (Chrome's trace events) or csv (a line a message).") var to: Form

    @Option(help: "The file to write.") var out: String

    @Option(help: "text or json: what is printed at the end.") var format = OutputFormat.text

    func run() throws {
        let reader = try TraceReader(trace.path)
        try OutputFolder.check(file: out)
        switch to {
        case .perfetto: try PerfettoExport.write(trace.path, to: out)
        case .csv: try TraceCSV.write(reader, to: out)
        }
        switch format {
        case .json: try printJSON(["file": out])
        case .text: print(out)
        }
    }
}
