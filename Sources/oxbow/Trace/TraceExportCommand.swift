import ArgumentParser
import Foundation
import OxbowTrace

struct TraceExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a trace as a timeline for ui.perfetto.dev, or as CSV.",
        discussion: """
            Of a trace that stops early, what is there is written, and a line says so. Exit code 4 if the file is no trace or was
            changed, 7 if the output cannot be written.
            Example: oxbow trace export runs/mine/run.oxtrace --to perfetto --out timeline.json
            Example: oxbow trace export runs/mine/run.oxtrace --to csv --out messages.csv
            """)

    enum Form: String, ExpressibleByArgument, CaseIterable {
        case perfetto, csv
    }

    @OptionGroup var trace: TraceFileArgument

    @Option(help: "perfetto (Chrome's trace events) or csv (a line a message).") var to: Form

    @Option(help: "The file to write.", completion: .file()) var out: String

    @Option(help: "text or json: what is printed at the end.") var format = OutputFormat.text

    func run() throws {
        try OutputFolder.check(file: out)
        let path = trace.chosen()
        guard URL(fileURLWithPath: out).resolvingSymlinksInPath() != URL(fileURLWithPath: path).resolvingSymlinksInPath()
        else { throw Failure(.usage, "Unable to write '\(out)': it is the trace itself. Choose another --out.") }
        let ending = try replacing(out) { try export(path, to: $0) }
        switch format {
        case .json: try printJSON(["file": out])
        case .text: print(out)
        }
        TraceFileArgument.tell(ending)
    }

    private func export(_ trace: String, to path: String) throws -> TraceEnding {
        switch to {
        case .perfetto: try PerfettoExport.write(trace, to: path)
        case .csv: try TraceCSV.write(TraceReader(trace), to: path)
        }
    }

    /// What was there stays until the whole new file is. A pipe or a terminal is written to as it is.
    private func replacing<Result>(_ path: String, _ write: (String) throws -> Result) throws -> Result {
        var facts = stat()
        if stat(path, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG {
            let interruption = Interruption("Stopped: '\(path)' has only a part of the trace.")
            return try withExtendedLifetime(interruption) { try write(path) }
        }
        let partial = path + ".partial"
        let interruption = Interruption {
            unlink(partial)
            return "Stopped: '\(path)' was not written."
        }
        return try withExtendedLifetime(interruption) {
            do {
                let result = try write(partial)
                guard rename(partial, path) == 0 else {
                    throw Failure(
                        .output, "Unable to write '\(path)': \(String(cString: strerror(errno))). Choose another --out.")
                }
                return result
            } catch {
                unlink(partial)
                throw error
            }
        }
    }
}
