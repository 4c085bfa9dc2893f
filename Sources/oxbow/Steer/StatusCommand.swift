import ArgumentParser
import Foundation
import OxbowProtocol
import OxbowRuntime

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows who is connected, what each is doing, and whom a run waits for.",
        discussion: """
            With --watch it goes on until the run has ended (all runs, where none is named), with the run's exit code.
            Example: oxbow status --connect tcp://127.0.0.1:5555
            Example: oxbow status baseline --watch
            """)

    @Argument(help: "A run; without, all that are under way or queued.") var name: String?

    @Flag(help: "Show it again and again: in place on a terminal, as new lines elsewhere.") var watch = false

    @OptionGroup var options: SteerOptions

    func run() throws {
        let name = try name.map(options.checked)
        try options.steer("show", name ?? options.connect) { client in
            if watch { return try StatusWatch(client, run: name, options).follow() }
            let status = try StatusWatch.status(client, run: name)
            switch options.format {
            case .json: try printJSON(status)
            case .text: print(StatusText(status: status, run: name).lines.joined(separator: "\n"))
            }
        }
    }
}

/// Shows a status until a run has ended.
struct StatusWatch {
    private let client: OperatorClient
    private let run: String?
    private let format: OutputFormat

    init(_ client: OperatorClient, run: String?, _ options: SteerOptions) {
        (self.client, self.run, format) = (client, run, options.format)
    }

    /// With one run that the broker still knows, or served before it was started anew.
    /// - Throws: `OperatorRefusal` for a run that nobody knows.
    static func status(_ client: OperatorClient, run: String?) throws -> FleetStatus {
        let status = try client.ask(.status, for: FleetStatus.self)
        guard let run, !status.runs.contains(where: { $0.id == run }) else { return status }
        guard let kept = try client.ask(.list, for: [RunSummary].self).first(where: { $0.id == run }) else {
            throw OperatorDesk.unknown(run)
        }
        var all = status
        all.runs.append(FleetStatus.Run(kept))
        return all
    }

    /// The next status, once some runs were seen.
    /// - Throws: `Failure` if the broker has gone meanwhile: with the run's end if that was seen, and the code of it.
    static func status(_ client: OperatorClient, run: String?, after seen: [FleetStatus.Run]) throws -> FleetStatus {
        do {
            return try status(client, run: run)
        } catch let error as RuntimeError where error.kind == .network {
            if let ended = seen.first(where: { $0.id == run }).flatMap(Failure.init(ended:)) { throw ended }
            guard let last = seen.first(where: { !$0.isOver }) else { throw error }
            throw Failure(
                .network,
                "Unable to see the end of '\(last.id)': the broker answers no more since round \(last.round) of \(last.rounds). "
                    + "If it was stopped, the run ended with it and its last committed barrier is kept.")
        }
    }

    /// - Throws: `Failure` for a run that did not come to a good end.
    func follow() throws {
        var screen = Screen()
        var last: [String] = []
        var watched: [FleetStatus.Run] = []
        while true {
            let status = try Self.status(client, run: run, after: watched)
            watched = run.map { id in status.runs.filter { $0.id == id } } ?? status.runs
            let isOver = watched.allSatisfy(\.isOver)
            switch format {
            case .json: try printLine(status)
            case .text:
                var text = StatusText(status: status, run: run)
                text.memberLimit = screen.isTerminal ? max(3, screen.rows - 12) : 20
                let lines = screen.isTerminal ? text.lines : Self.brief(watched)
                if screen.isTerminal || lines != last { screen.show(lines) }
                last = lines
            }
            if isOver {
                if let run, let failure = watched.first(where: { $0.id == run }).flatMap(Failure.init(ended:)) { throw failure }
                return
            }
            Thread.sleep(forTimeInterval: screen.isTerminal ? 0.5 : 1)
        }
    }

    /// A line for each run, for logs.
    private static func brief(_ runs: [FleetStatus.Run]) -> [String] {
        runs.map { run in
            let waits = run.awaited.isEmpty ? "" : "  waits for \(StatusText.few(run.awaited))"
            return "\(run.id) \(run.state.rawValue)  \(StatusText.progress(run))\(waits)"
        }
    }

    /// One object a line.
    private func printLine(_ status: FleetStatus) throws {
        FileHandle.standardOutput.write(try JSON.lineEncoder.encode(status) + Data("\n".utf8))
    }
}

extension FleetStatus.Run {
    /// A run of which only its folder is left.
    init(_ kept: RunSummary) {
        self.init(
            id: kept.id, state: kept.state, membership: .elastic, round: kept.round, rounds: kept.rounds,
            outcome: kept.outcome)
    }
}
