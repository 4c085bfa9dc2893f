import OxbowModel
import OxbowProtocol
import OxbowScheduling

@testable import OxbowSimulation

/// A fleet whose arithmetic is symbolic: fast enough for hundreds of seeds.
struct SymbolicFleet {
    var edges = 4
    var rounds: UInt32 = 3
    var steps: UInt32 = 3
    var seed: UInt64 = 7
    var membership = Membership.strict
    var quorum = 0.5

    /// Names and slots are kept for the workers; else the first to come gets the lowest slot.
    var isClosed = true
    var runs = 1
    /// Of the last ones, so many start only when the run is under way.
    var late = 0
    var minimum: Int?
    /// So many are started a second time, elsewhere, while the first ones run.
    var twins = 0
    var scheduling = Scheduling()
    var scoring: ScoringSettings?
    var maximumEvents = 100_000

    func settings() -> BrokerSettings {
        BrokerSettings(
            heartbeat: .milliseconds(500), misses: 8,
            reservations: isClosed
                ? (0..<edges).map { Reservation(slot: UInt32($0), workerID: "worker-\($0)", tier: "small") } : [],
            servesOneRun: runs == 1)
    }

    func run(_ number: Int) -> RunSettings {
        let plan = Plan(
            run: 99 + UInt64(number), seed: seed, model: ModelParameters(), batch: 8, rounds: rounds, stepsPerRound: steps,
            optimizer: OptimizerSettings(),
            method: MethodSettings(
                name: .published, start: .common, batches: .permutation, clusters: 1, plainRounds: 2, alpha: 1,
                signalSteps: 1),
            assignments: [], scoring: scoring)
        return RunSettings(
            id: "run-\(number)", membership: membership, quorum: quorum,
            demands: [Demand(tier: "small", workers: edges - late, minimum: minimum)], template: plan, scheduling: scheduling)
    }

    func simulate(_ simulationSeed: UInt64, _ faults: Faults) -> FleetSimulation.Outcome {
        simulateWithDisks(simulationSeed, faults).outcome
    }

    /// Also the invariants that were seen broken.
    func simulateWithDisks(_ simulationSeed: UInt64, _ faults: Faults) -> (outcome: FleetSimulation.Outcome, broken: [String]) {
        let simulation = FleetSimulation(
            settings: settings(), runs: (0..<runs).map(run), seed: simulationSeed, faults: faults)
        for slot in 0..<edges { add(.edge, UInt32(slot), to: simulation) }
        add(.core, 0, to: simulation)
        for slot in 0..<twins { add(.edge, UInt32(slot), to: simulation, start: .seconds(1 + slot)) }
        let outcome = simulation.run(maximumEvents: maximumEvents)
        return (outcome, outcome.broken)
    }

    private func add(
        _ role: Role, _ slot: UInt32, to simulation: FleetSimulation, start: Duration? = nil
    ) {
        let disk = SymbolicDisk()
        let data = role == .edge ? DataForm(samples: 100, height: 28, width: 28, channels: 1, classes: 10) : DataForm()
        simulation.add(
            MemberIdentity(workerID: "\(MemberID(role: role, slot: slot))", role: role, tier: "small", data: data),
            start: start ?? (role == .edge && Int(slot) >= edges - late ? .seconds(2) * Double(slot) : .zero),
            makePerformer: { SymbolicPerformer(role: role, slot: slot, disk: disk) },
            saved: { (disk.run, disk.barriers.keys.sorted()) }, faults: { disk.faults })
    }
}
