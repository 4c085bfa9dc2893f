import OxbowFederation
import OxbowModel
import OxbowProtocol
import OxbowTraining

/// The arithmetic of one barrier in the core: what came in, who belongs together, what goes out. It changes nothing.
struct Barrier {
    let generators: [ClusterGenerator]
    let report: AggregationReport
    /// The core's state afterwards: of its blocks the mean over all workers.
    let coreState: SegmentState
    private let model: ModelDescription
    private let members: [BarrierMember]
    /// Of each member: its cluster's mean; a newcomer's is the global one.
    private let means: [Aggregation.Tensors]
    /// Nil if no block moves.
    private let handover: OptimizerHandover?

    /// - Throws: `FleetError` and others, a sentence, for what a member must not send, or if nobody contributes.
    init(
        _ loaded: CorePerformer.Loaded, round: UInt32, amendment: [Assignment]?, bodies: TensorBodies,
        inputs: [any BodyStorage]
    ) throws {
        let (model, state) = (loaded.model, loaded.trainer.state)
        let members = try Self.members(loaded, round, amendment, bodies, inputs)
        let contributing = members.filter(\.contributes)
        guard !contributing.isEmpty else { throw FleetError("Unable to average: no worker has trained yet.") }
        let grouping = try Self.group(loaded, round: round, contributing)
        let aggregation = Aggregation(
            own: contributing.map { $0.values(model) }, core: Self.values(of: loaded.trainer.blocks, state, model))
        let clusters = try (0..<grouping.clusterCount).map { try aggregation.mean(of: $0, grouping) }
        let globalMean = try aggregation.globalMean(grouping)
        let rows = members.map { member in contributing.firstIndex { $0.slot == member.slot } }
        let handover = try amendment.map { _ in
            try OptimizerHandover(
                model, core: state, blocks: loaded.trainer.blocks, members: members,
                weights: rows.map { $0.map { grouping.globalWeights[$0] } ?? 0 })
        }
        self.model = model
        self.members = members
        self.means = rows.map { $0.map { clusters[grouping.clusters[$0]] } ?? globalMean }
        self.handover = handover
        self.coreState = Self.state(state, values: globalMean, optimizer: handover?.remaining)
        self.report = AggregationReport(round: round, entries: Self.entries(grouping, slots: contributing.map(\.slot)))
        self.generators = clusters.indices.map { cluster in
            ClusterGenerator(
                cluster: cluster, slots: grouping.members(of: cluster).map { contributing[$0].slot },
                tensors: Self.generator(clusters[cluster], model))
        }
    }

    /// For each member the means of the blocks that it holds from now on, Adam's states of those it takes over, and the core's
    /// values of those that it is shown.
    func answers(_ bodies: TensorBodies) throws -> [any BodyStorage] {
        try zip(members, means).map { member, mean in
            let values = member.moves.after.flatMap { model[$0].valueShapes }.map { name, shape in
                NamedTensor(name: name, shape: shape, values: mean[name] ?? [])
            }
            let states = member.moves.takenOver.flatMap { handover?.handedOut.optimizerState(of: model[$0]) ?? [] }
            let shown = member.moves.shown.flatMap { coreState.values(of: model[$0]) }
            return try bodies.body(of: NamedTensors(values + states + shown))
        }
    }

    private static func members(
        _ loaded: CorePerformer.Loaded, _ round: UInt32, _ amendment: [Assignment]?, _ bodies: TensorBodies,
        _ inputs: [any BodyStorage]
    ) throws -> [BarrierMember] {
        if let amendment, amendment.map(\.slot) != loaded.active {
            throw FleetError(
                "Unable to amend the plan: it would be for slots \(amendment.map(\.slot)), but \(loaded.active) take part.")
        }
        return try loaded.active.indices.map { index in
            let slot = loaded.active[index]
            // Who is new to the plan enters by the amendment.
            let current = amendment == nil ? try loaded.plan.assignment(slot) : loaded.plan.assignments[slot: slot]
            return try BarrierMember(
                slot: slot, current: current, amended: amendment?[index], scored: loaded.plan.scores(after: round),
                model: loaded.model, body: inputs[index], bodies: bodies)
        }
    }

    private static func values(
        of blocks: [BlockName], _ state: SegmentState, _ model: ModelDescription
    ) -> Aggregation.Tensors {
        let tensors = blocks.flatMap { state.values(of: model[$0]) }
        return Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.values) })
    }

    /// `state` with other values and, where there are some, other Adam states.
    private static func state(
        _ state: SegmentState, values: Aggregation.Tensors, optimizer: NamedTensors?
    ) -> SegmentState {
        NamedTensors(
            state.map { tensor in
                let values = values[tensor.name] ?? optimizer?[tensor.name]?.values ?? tensor.values
                return NamedTensor(name: tensor.name, shape: tensor.shape, values: values)
            })
    }

    private static func generator(_ mean: Aggregation.Tensors, _ model: ModelDescription) -> NamedTensors {
        NamedTensors(
            model.generator.blocks.flatMap(\.tensors).compactMap { tensor in
                mean[tensor.name].map { NamedTensor(name: tensor.name, shape: tensor.shape, values: $0) }
            })
    }
}
