import OxbowFederation
import OxbowModel
import OxbowTraining

/// Where Adam's states go when blocks move: from those who give a block up to the core, from the core to those who take
/// it over.
struct OptimizerHandover {
    /// The core's states once it has received: members get copies of these.
    let handedOut: NamedTensors
    /// The core's states afterwards: cleared where no member leaves the block to it any more. With one worker a state is
    /// so never in two places, and comes back as it went.
    let remaining: NamedTensors

    /// - Parameter weights: of each member, 0 for a newcomer.
    init(_ model: ModelDescription, core: SegmentState, blocks: [BlockName], members: [BarrierMember], weights: [Double]) throws {
        var handedOut: [NamedTensor] = []
        var remaining: [NamedTensor] = []
        for block in blocks {
            let description = model[block]
            let own = core.optimizerState(of: description)
            let received = try Self.received(description, own, members, weights)
            handedOut += received
            let isServed = members.contains { !$0.moves.after.contains(block) }
            remaining += isServed ? received : description.freshOptimizerState
        }
        self.handedOut = NamedTensors(handedOut)
        self.remaining = NamedTensors(remaining)
    }

    /// The core's own state if it ever updated the block, else what those who give it up bring.
    private static func received(
        _ block: BlockDescription, _ own: [NamedTensor], _ members: [BarrierMember], _ weights: [Double]
    ) throws -> [NamedTensor] {
        let givers = members.indices.filter { members[$0].moves.givenUp.contains(block.name) }
        let updates = own.first { $0.name == block.optimizerStepName }?.values.first ?? 0
        guard updates == 0, !givers.isEmpty else { return own }
        let states = givers.map { members[$0].received.optimizerState(of: block) }
        return try mean(block, states, shares(givers.map { weights[$0] }))
    }

    /// Weighted moments and the largest count.
    private static func mean(
        _ block: BlockDescription, _ states: [[NamedTensor]], _ shares: [Double]
    ) throws -> [NamedTensor] {
        let tensors = states.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.name, $0.values) }) }
        let moments = tensors.map { $0.filter { $0.key != block.optimizerStepName } }
        var result = try Aggregation(own: moments, core: [:]).mean(of: Array(states.indices), weights: shares)
        result[block.optimizerStepName] = [tensors.compactMap { $0[block.optimizerStepName]?.first }.max() ?? 0]
        return block.optimizerShapes.map { NamedTensor(name: $0.name, shape: $0.shape, values: result[$0.name] ?? []) }
    }

    /// Weights that add up to 1; equal ones if none of them counts.
    private static func shares(_ weights: [Double]) -> [Double] {
        let sum = weights.reduce(0, +)
        return weights.map { sum > 0 ? $0 / sum : 1 / Double(weights.count) }
    }
}
