import OxbowFleet
import OxbowKernels
import OxbowModel
import OxbowProtocol
import OxbowRandom
import OxbowScheduling
import OxbowSimulation
import OxbowTraining

/// A small fleet with real arithmetic: three edges with different cuts on synthetic images, and a core.
public struct NumericFleet: Sendable {
    public var seed: UInt64
    public var membership: Membership
    public var lanes: Int
    public var rounds: UInt32
    public var cuts: [Cuts]
    /// Instead of `cuts`: a planner's.
    public var scheduling: Scheduling?

    public init(seed: UInt64 = 5, membership: Membership = .strict, lanes: Int = 1, rounds: UInt32 = 3) {
        self.seed = seed
        self.membership = membership
        self.lanes = lanes
        self.rounds = rounds
        self.cuts = [[0, 0, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1]].compactMap { Cuts($0) }
    }

    public static let model = ModelParameters(
        width: 0.03125, imageHeight: 16, imageWidth: 16, imageChannels: 1, classes: 3, noise: 6)
    public static let data = DataForm(samples: 60, height: 16, width: 16, channels: 1, classes: 3)

    public func run() -> RunSettings {
        let plan = Plan(
            run: 4711, seed: seed, model: Self.model, batch: 4, rounds: rounds, stepsPerRound: 2,
            optimizer: OptimizerSettings(),
            method: MethodSettings(
                name: .oxbow, start: .common, batches: .permutation, clusters: 2, plainRounds: 1, alpha: 1,
                signalSteps: 2),
            assignments: [])
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
        _ role: Role, _ slot: UInt32, _ store: any StateStore, makeBody: @escaping BodyFactory = HeapBody.factory
    ) -> any TaskPerformer {
        guard role == .edge else {
            return CorePerformer(store: store, lanes: lanes, makeBody: makeBody, publish: { _, _, _ in [] })
        }
        return EdgePerformer(
            workerID: "worker-\(slot)", store: store, makeBody: makeBody, makeSource: { SyntheticSource($0, $1) })
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

/// Images that depend on label, slot, round and step only.
private struct SyntheticSource: BatchSource {
    let seed: UInt64
    let slot: UInt32
    let classes: Int

    init(_ plan: Plan, _ slot: UInt32) {
        seed = plan.seed
        self.slot = slot
        classes = plan.model.classes
    }

    func batch(round: Int, step: Int, images: Tensor, labels: inout [Int32]) {
        var random = RandomStream(seed: seed, purpose: .batches, slot: slot, round: UInt32(round), step: UInt32(step))
        labels = (0..<images.shape[0]).map { _ in Int32(random.below(classes)) }
        for index in 0..<images.count { images.data[index] = random.symmetric(1) }
    }
}
