import OxbowFleet
import OxbowModel
import OxbowProtocol
import OxbowScheduling
import OxbowSimulation

/// A small fleet with real arithmetic: three edges with different cuts on synthetic images, and a core.
public struct NumericFleet: Sendable {
    public var seed: UInt64
    public var membership: Membership
    public var lanes: Int
    public var rounds: UInt32
    public var cuts: [Cuts]
    /// Instead of `cuts`: a planner's.
    public var scheduling: Scheduling?
    public var scoring: ScoringSettings?

    public init(seed: UInt64 = 5, membership: Membership = .strict, lanes: Int = 1, rounds: UInt32 = 3) {
        self.seed = seed
        self.membership = membership
        self.lanes = lanes
        self.rounds = rounds
        self.cuts = [[0, 0, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1]].compactMap { Cuts($0) }
    }

    public static let model = Arithmetic.model
    public static let data = DataForm(samples: 60, height: 16, width: 16, channels: 1, classes: 3)

    public func run() -> RunSettings {
        let plan = Plan(
            run: 4711, seed: seed, model: Self.model, batch: 4, rounds: rounds, stepsPerRound: 2,
            optimizer: OptimizerSettings(),
            method: MethodSettings(
                name: .oxbow, start: .common, batches: .permutation, clusters: 2, plainRounds: 1, alpha: 1,
                signalSteps: 2),
            assignments: [], scoring: scoring)
        return RunSettings(
            membership: membership, quorum: 0.3,
            demands: cuts.map { Demand(tier: "small", workers: 1, cuts: scheduling == nil ? $0 : nil) }, template: plan,
            scheduling: scheduling ?? Scheduling())
    }

    public func settings() -> BrokerSettings {
        BrokerSettings(
            heartbeat: .milliseconds(500), misses: 8,
            reservations: cuts.indices.map {
                Reservation(slot: UInt32($0), workerID: "worker-\($0)", tier: "small")
            }, servesOneRun: true)
    }

    public func identity(_ role: Role, _ slot: UInt32) -> MemberIdentity {
        MemberIdentity(
            workerID: MemberID(role: role, slot: slot).description, role: role, tier: "small",
            data: role == .edge ? Self.data : DataForm())
    }

    public func performer(
        _ role: Role, _ slot: UInt32, _ store: any StateStore, scorer: (any GeneratorScorer)? = nil,
        makeBody: @escaping BodyFactory = HeapBody.factory
    ) -> any TaskPerformer {
        guard role == .edge else {
            return CorePerformer(store: store, lanes: lanes, makeBody: makeBody, publish: { _, _, _ in [] })
        }
        return EdgePerformer(
            workerID: "worker-\(slot)", store: store, scorer: scorer, makeBody: makeBody, makeSource: { SyntheticSource($0, $1) })
    }

    /// - Parameter tap: told of what passes through the broker.
    public func simulate(
        _ simulationSeed: UInt64, _ faults: Faults, tap: ((BrokerTap) -> Void)? = nil
    ) -> FleetSimulation.Outcome {
        let simulation = FleetSimulation(settings: settings(), runs: [run()], seed: simulationSeed, faults: faults)
        simulation.tap = tap
        for (role, slot) in cuts.indices.map({ (Role.edge, UInt32($0)) }) + [(.core, 0)] {
            let store = MemoryStateStore()
            simulation.add(
                identity(role, slot), makePerformer: { performer(role, slot, store) },
                saved: { (store.saved.run, store.saved.barriers) })
        }
        return simulation.run()
    }
}
