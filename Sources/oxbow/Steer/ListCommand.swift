import ArgumentParser
import Foundation
import OxbowProtocol
import OxbowRuntime

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Lists the runs of a broker, oldest first.",
        discussion: "Example: oxbow ls --connect tcp://127.0.0.1:5555")

    @OptionGroup var options: SteerOptions

    func run() throws {
        let runs = try options.steer("list the runs of", options.connect) { try $0.ask(.list, for: [RunSummary].self) }
        switch options.format {
        case .json: try printJSON(runs)
        case .text: print(Self.table(runs, at: Date()).joined(separator: "\n"))
        }
    }

    /// Why it ended, where that is not said by its state.
    private static func reason(_ run: RunSummary) -> String {
        let ending = StatusText.ending(run.state, run.outcome).dropFirst(run.state.rawValue.count)
        return String(ending.drop { $0 == ":" || $0 == " " })
    }

    static func table(_ runs: [RunSummary], at now: Date) -> [String] {
        guard !runs.isEmpty else { return ["no runs"] }
        let rows = runs.map { run in
            [
                run.id, run.state.rawValue, "\(run.round)/\(run.rounds)",
                StatusText.ago(now.timeIntervalSince1970 - run.submitted), Self.reason(run),
            ]
        }
        return StatusTable.lines(["RUN", "STATE", "ROUND", "SUBMITTED", ""], rows)
    }
}
