import OxbowExperiment
import OxbowFleet
import OxbowProtocol
import OxbowSimulation

/// What came of the seeds.
struct SimulationReport {
    struct Summary: Encodable {
        var experiment: String
        var faults: String
        var arithmetic: Arithmetic
        /// Of the undisturbed run.
        var stateHash: String
        var seeds = 0
        var events = 0
        /// Seconds of virtual time.
        var virtualSeconds = 0.0
        var barriers = 0
        var disturbances = Disturbances()
        var sessionsLost = 0
        var sidelined = 0
        var leaves = 0
        /// Runs that ended with the undisturbed run's hash.
        var equalHashes = 0
        var failures: [FailedSeed] = []
    }

    struct FailedSeed: Encodable {
        var seed: UInt64
        var findings: [String]
        /// The command that repeats it.
        var command: String
    }

    private(set) var summary: Summary
    private let command: String
    /// The events before the first failure.
    private var tail: [String] = []
    private let undisturbed: FleetSimulation.Outcome

    init(
        _ rehearsal: Rehearsal, command: String, faults: String, arithmetic: Arithmetic, undisturbed: FleetSimulation.Outcome
    ) {
        self.command = command
        self.undisturbed = undisturbed
        let run = rehearsal.run
        summary = Summary(
            experiment: "\(rehearsal.processes.count - 1) workers and a core, \(run.membership.rawValue), "
                + "\(run.template.rounds) rounds of \(undisturbed.plan?.stepsPerRound ?? run.template.stepsPerRound) steps",
            faults: faults, arithmetic: arithmetic, stateHash: StateDigest.stateHash(undisturbed.digests))
    }

    mutating func add(_ result: SeedRunner.Result) {
        let outcome = result.outcome
        summary.seeds += 1
        summary.events += outcome.events
        summary.virtualSeconds += outcome.virtualTime.inSeconds
        summary.barriers += outcome.barriers
        summary.disturbances += outcome.disturbances
        summary.sessionsLost += outcome.sessionsLost
        summary.sidelined += outcome.sidelined
        summary.leaves += outcome.leaves
        if outcome.run == .finished, outcome.digests == undisturbed.digests { summary.equalHashes += 1 }
        guard !result.findings.isEmpty else { return }
        if summary.failures.isEmpty { tail = Array(outcome.tail.suffix(40)) }
        summary.failures.append(
            FailedSeed(seed: result.seed, findings: result.findings, command: "\(command) --seed \(result.seed)"))
    }

    /// For people; a failed seed with the line that repeats it, the first one with its last events.
    var text: String {
        let (all, count) = (summary, summary.disturbances)
        var lines = [
            "\(all.experiment); arithmetic \(all.arithmetic.rawValue), faults \(all.faults)",
            "seeds \(all.seeds), failed \(all.failures.count), with the undisturbed run's hash \(all.equalHashes)",
            "events \(all.events), virtual time \(Progress.clock(all.virtualSeconds)), barriers \(all.barriers)",
            "crashes: members \(count.crashes), broker \(count.brokerCrashes); broken connections \(count.disconnections)",
            "partitions \(count.partitions), suspensions \(count.suspensions), clock jumps \(count.jumps)",
            "full disks \(count.fullDisks), full journals \(count.fullJournals)",
            "sessions lost \(all.sessionsLost), sat out \(all.sidelined), asked to leave \(all.leaves)",
            "state hash \(all.stateHash) undisturbed",
        ]
        if !tail.isEmpty { lines += ["last events of seed \(all.failures[0].seed):"] + tail.map { "  " + $0 } }
        for failed in all.failures.prefix(20) {
            lines += ["seed \(failed.seed) failed: \(failed.findings.joined(separator: " "))", "  " + failed.command]
        }
        return lines.joined(separator: "\n")
    }

    var failure: Failure? {
        guard let first = summary.failures.first else { return nil }
        return Failure(
            .finding,
            "Unable to vouch for \(summary.failures.count) of \(summary.seeds) seeds: \(first.findings[0]) Repeat it with: "
                + first.command)
    }
}
