import ArgumentParser
import Foundation
import OxbowProtocol
import OxbowRuntime

struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Ends a run after the step under way, and waits until all have said so.",
        discussion: """
            The last committed barrier is kept. Stopping a run that has ended is no error.
            Example: oxbow stop baseline --reason 'wrong data'
            """)

    @Argument(help: "The run.") var name: String

    @Option(help: "Why, for logs and report.") var reason = "by an operator"

    @OptionGroup var options: SteerOptions

    func run() throws {
        let name = try options.checked(name)
        let result = try options.steer("stop", name) { client in try stop(name, client) }
        switch options.format {
        case .json: try printJSON(result)
        case .text: print(result.sentence)
        }
    }

    private func stop(_ name: String, _ client: OperatorClient) throws -> StopResult {
        let before = try StatusWatch.status(client, run: name).runs.first { $0.id == name }
        guard let before, !before.isOver else { return StopResult(run: name, state: before?.state ?? .stopped, wasOver: true) }
        _ = try client.ask(.stop(run: name, reason: reason))
        let deadline = ContinuousClock.now + .milliseconds(Int64(options.timeout * 1000))
        var members = before.members
        while true {
            let status = try StatusWatch.status(client, run: name)
            guard let run = status.runs.first(where: { $0.id == name }) else { throw OperatorDesk.unknown(name) }
            if !run.members.isEmpty { members = run.members }
            if run.isOver { return StopResult(run: name, state: run.state, members, status.members) }
            guard ContinuousClock.now < deadline else {
                throw Failure(
                    .peer,
                    "Unable to stop '\(name)': it was told to, and after \(options.timeout) s waits for "
                        + "\(StatusText.few(run.awaited)). It ends when they answer or their leases do; wait longer with --timeout."
                )
            }
            Thread.sleep(forTimeInterval: 0.1)
        }
    }
}

/// What became of a run that was to stop.
struct StopResult: Encodable {
    var run: String
    var state: FleetStatus.State
    /// It had ended before.
    var wasOver: Bool
    /// Members that said that they dropped the run.
    var confirmed: [String] = []
    /// Members that were not connected when it ended.
    var away: [String] = []

    init(run: String, state: FleetStatus.State, wasOver: Bool) {
        (self.run, self.state, self.wasOver) = (run, state, wasOver)
    }

    /// The broker ends a run when all that are connected have said so.
    init(run: String, state: FleetStatus.State, _ members: [String], _ fleet: [FleetStatus.Member]) {
        self.init(run: run, state: state, wasOver: false)
        let connected = Set(fleet.filter(\.isConnected).flatMap { [$0.id, $0.workerID] })
        confirmed = members.filter(connected.contains) + fleet.filter { $0.isConnected && $0.isCore }.map(\.id)
        away = members.filter { !connected.contains($0) }
    }

    var sentence: String {
        if wasOver { return "run \(run) had ended: \(state.rawValue)" }
        let said = confirmed.isEmpty ? "" : "; confirmed by \(confirmed.joined(separator: ", "))"
        let gone = away.isEmpty ? "" : "; away: \(away.joined(separator: ", "))"
        return StatusTable.printable("run \(run) \(state.rawValue)\(said)\(gone)")
    }
}

extension FleetStatus.Member {
    /// Takes part in every run, without a place of its own in the run's list.
    fileprivate var isCore: Bool { id.hasPrefix("core-") }
}
