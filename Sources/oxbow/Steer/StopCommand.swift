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
        let before = try StatusWatch.status(client, run: name)
        guard let run = before.runs.first(where: { $0.id == name }), !run.isOver else {
            let state = before.runs.first { $0.id == name }?.state
            return StopResult(run: name, state: state ?? .stopped, wasOver: true)
        }
        _ = try client.ask(.stop(run: name, reason: reason))
        var witness = StopWitness(run, before.members)
        let deadline = ContinuousClock.now + .milliseconds(Int64(options.timeout * 1000))
        while true {
            let status = try status(name, client)
            guard let run = status.runs.first(where: { $0.id == name }) else { throw OperatorDesk.unknown(name) }
            witness.see(run, status.members)
            if run.isOver { return StopResult(run: name, state: run.state, witness) }
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

    /// A broker that serves one run ends with it, and tells nobody any more how.
    private func status(_ name: String, _ client: OperatorClient) throws -> FleetStatus {
        do {
            return try StatusWatch.status(client, run: name)
        } catch let error as RuntimeError where error.kind == .network {
            throw Failure(
                .network,
                "Unable to see the end of '\(name)': it was told to stop, and the broker answers no more. One with --experiment "
                    + "ends with its run; its state folder has the run's log.")
        }
    }
}

/// Whom a broker awaited when it ended a run, as far as that is seen: it awaits all that are connected, and a run is over
/// once each has confirmed or is gone.
struct StopWitness {
    /// Sessions, by id, of those that took part and were connected when the run was told to stop.
    private var sessions: [String: UInt32] = [:]
    private var members: [String]
    private var last: [FleetStatus.Member] = []

    init(_ run: FleetStatus.Run, _ fleet: [FleetStatus.Member]) {
        members = run.members
        add(run, fleet)
        last = fleet
    }

    mutating func see(_ run: FleetStatus.Run, _ fleet: [FleetStatus.Member]) {
        if members.isEmpty, !run.isOver { members = run.members }
        if !run.isOver { add(run, fleet) }
        last = fleet
    }

    private mutating func add(_ run: FleetStatus.Run, _ fleet: [FleetStatus.Member]) {
        guard !members.isEmpty else { return }
        let here = fleet.filter { $0.isConnected && (members.contains($0.id) || $0.isCore) }
        for member in here where sessions[member.id] == nil { sessions[member.id] = member.sessionEpoch }
    }

    /// A run without members has no plan yet: nobody holds anything of it.
    var hasBegun: Bool { !members.isEmpty }

    /// Members that were awaited, no longer are, and are there with the same session.
    var confirmed: [String] { last.filter { $0.isConnected && sessions[$0.id] == $0.sessionEpoch }.map(\.id) }

    /// Members that were gone before they could say anything.
    var away: [String] { members.filter { !confirmed.contains($0) } }
}

/// What became of a run that was to stop.
struct StopResult: Encodable {
    var run: String
    var state: FleetStatus.State
    /// It had ended before.
    var wasOver: Bool
    /// Members that said that they dropped the run.
    var confirmed: [String] = []
    /// Members that took part and are gone, or came back without having said so.
    var away: [String] = []
    /// Else it was stopped before anybody had a part in it.
    var hadBegun = true

    init(run: String, state: FleetStatus.State, wasOver: Bool) {
        (self.run, self.state, self.wasOver) = (run, state, wasOver)
    }

    init(run: String, state: FleetStatus.State, _ witness: StopWitness) {
        self.init(run: run, state: state, wasOver: false)
        (confirmed, away, hadBegun) = (witness.confirmed, witness.away, witness.hasBegun)
    }

    var sentence: String {
        if wasOver { return "run \(run) had ended: \(state.rawValue)" }
        guard hadBegun else { return "run \(run) \(state.rawValue) before it began" }
        let said = confirmed.isEmpty ? "" : "; confirmed by \(confirmed.joined(separator: ", "))"
        let gone = away.isEmpty ? "" : "; away: \(away.joined(separator: ", "))"
        return StatusTable.printable("run \(run) \(state.rawValue)\(said)\(gone)")
    }
}

extension FleetStatus.Member {
    /// Takes part in every run, without a place of its own in the run's list.
    fileprivate var isCore: Bool { id.hasPrefix("core-") }
}
