import OxbowFederation
import OxbowModel
import OxbowProtocol
import OxbowRandom
import OxbowTraining

/// The arithmetic of one barrier in the core: what came in, who belongs together, what goes out.
struct Barrier {
    let generators: [ClusterGenerator]
    let report: AggregationReport
    private let slots: [UInt32]
    /// Names and shapes of what each member holds.
    private let held: [[String: [Int]]]
    /// The row of each member among those that contribute; nil for a newcomer.
    private let rows: [Int?]
    private let grouping: Grouping
    private let means: [Aggregation.Tensors]
    private let globalMean: Aggregation.Tensors
    private let bodies: TensorBodies

    init(_ loaded: CorePerformer.Loaded, round: UInt32, bodies: TensorBodies, inputs: [any BodyStorage]) throws {
        let slots = loaded.active
        let held = try slots.map { try Self.shapes(heldBy: loaded.plan.assignment($0), loaded.model) }
        let contributions = try zip(zip(slots, held), inputs).map { member, body in
            try bodies.namedTensors(of: body, like: member.1, orEmpty: true, from: "worker-\(member.0)")
        }
        let contributing = contributions.indices.filter { contributions[$0].count > 0 }
        guard !contributing.isEmpty else { throw FleetError("Unable to average: no worker has trained yet.") }
        let grouping = try Self.group(loaded, round: round, slots: contributing.map { slots[$0] })
        let aggregation = Aggregation(
            own: contributing.map { Self.byName(contributions[$0]) },
            core: Self.byName(loaded.trainer.exportBlocks()))
        let means = try (0..<grouping.clusterCount).map { try aggregation.mean(of: $0, grouping) }
        self.slots = slots
        self.held = held
        self.rows = slots.indices.map { contributing.firstIndex(of: $0) }
        self.grouping = grouping
        self.means = means
        self.globalMean = try aggregation.globalMean(grouping)
        self.bodies = bodies
        self.report = AggregationReport(
            round: round, entries: Self.entries(grouping, slots: contributing.map { slots[$0] }))
        self.generators = means.indices.map { cluster in
            ClusterGenerator(
                cluster: cluster, slots: grouping.members(of: cluster).map { slots[contributing[$0]] },
                tensors: Self.generator(means[cluster], loaded.model))
        }
    }

    /// The mean over all workers of the core's blocks.
    func coreBlocks(like blocks: NamedTensors) -> NamedTensors {
        NamedTensors(blocks.map { NamedTensor(name: $0.name, shape: $0.shape, values: globalMean[$0.name] ?? $0.values) })
    }

    /// Its cluster's mean for each member; a newcomer gets the global one.
    func answers() throws -> [any BodyStorage] {
        try slots.indices.map { index in
            let mean = rows[index].map { means[grouping.clusters[$0]] } ?? globalMean
            let tensors = held[index].sorted { $0.key < $1.key }.map { name, shape in
                NamedTensor(name: name, shape: shape, values: mean[name] ?? [])
            }
            return try bodies.body(of: NamedTensors(tensors))
        }
    }

    private static func group(_ loaded: CorePerformer.Loaded, round: UInt32, slots: [UInt32]) throws -> Grouping {
        let samples = try slots.map { Int(clamping: try loaded.plan.assignment($0).samples) }
        let method = loaded.plan.method
        let signal = loaded.trainer.signal
        let rows = slots.compactMap { signal[Int($0)] }
        guard round > method.plainRounds, rows.count == slots.count else { return try Grouping(plain: samples) }
        let channels = loaded.model[loaded.model.signalBlock].output.channels
        let count: ClusterCount =
            method.clusters == 0 ? .chosen() : .told(min(Int(method.clusters), slots.count))
        var random = RandomStream(seed: loaded.plan.seed, purpose: .clusters, round: round)
        return try Grouping(
            signals: Signals(rows, channels: channels), samples: samples, count: count, alpha: method.alpha,
            random: &random)
    }

    private static func shapes(heldBy assignment: Assignment, _ model: ModelDescription) throws -> [String: [Int]] {
        let segments = try model.segments(for: assignment.cuts)
        let names = model.blockNames.filter { segments.holds($0.network, $0.index) }
        let tensors = names.flatMap { model[$0].tensors }
        return Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.shape) })
    }

    private static func byName(_ tensors: NamedTensors) -> Aggregation.Tensors {
        Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.values) })
    }

    private static func entries(_ grouping: Grouping, slots: [UInt32]) -> [AggregationReport.Entry] {
        slots.indices.map { row in
            AggregationReport.Entry(
                slot: slots[row], cluster: UInt32(grouping.clusters[row]),
                clusterDivergence: grouping.clusterDivergences[row], globalDivergence: grouping.globalDivergences[row],
                clusterWeight: grouping.clusterWeights[row], globalWeight: grouping.globalWeights[row])
        }
    }

    private static func generator(_ mean: Aggregation.Tensors, _ model: ModelDescription) -> NamedTensors {
        NamedTensors(
            model.generator.blocks.flatMap(\.tensors).compactMap { tensor in
                mean[tensor.name].map { NamedTensor(name: tensor.name, shape: tensor.shape, values: $0) }
            })
    }
}
