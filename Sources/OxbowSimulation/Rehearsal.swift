import OxbowFleet
import OxbowProtocol

/// A run that can be simulated under any number of seeds, and held against the same run undisturbed.
public struct Rehearsal: Sendable {
    public var settings: BrokerSettings
    public var run: RunSettings
    public var processes: [SimulatedProcess]

    public init(settings: BrokerSettings, run: RunSettings, processes: [SimulatedProcess]) {
        self.settings = settings
        self.run = run
        self.processes = processes
    }

    /// - Parameters:
    ///   - goesOn: asked now and then, with the number of events since it was asked before.
    ///   - observer: told of each event: when, and in words.
    public func simulate(
        _ seed: UInt64, _ faults: Faults, goesOn: ((Int) -> Bool)? = nil, observer: ((Duration, String) -> Void)? = nil
    ) -> FleetSimulation.Outcome {
        let simulation = FleetSimulation(settings: settings, runs: [run], seed: seed, faults: faults)
        (simulation.goesOn, simulation.observer) = (goesOn, observer)
        for process in processes {
            let disk = process.makeDisk()
            simulation.add(process.identity, makePerformer: disk.makePerformer, saved: disk.saved, faults: disk.faults)
        }
        return simulation.run()
    }

    /// What is wrong with how a run went, as sentences; empty: nothing.
    /// - Parameter undisturbed: the same run under `Faults.none`.
    public func findings(_ outcome: FleetSimulation.Outcome, undisturbed: FleetSimulation.Outcome) -> [String] {
        guard outcome.broken.isEmpty else { return outcome.broken }
        switch outcome.run {
        case nil:
            return ["It has not ended after \(outcome.events) events; it waits for \(outcome.awaited.joined(separator: ", "))."]
        case .finished?: break
        case let end?: return ["It ended otherwise: \(end.text)."]
        }
        guard run.membership == .strict, outcome.digests != undisturbed.digests else { return [] }
        return [
            "Its state hash is \(StateDigest.stateHash(outcome.digests)), undisturbed "
                + "\(StateDigest.stateHash(undisturbed.digests))."
        ]
    }
}
