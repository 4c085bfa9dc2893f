/// A piece of what a worker computes in a step: between two messages, or an Adam update at a commit.
public enum EdgePart: Hashable, Sendable, CaseIterable {
    // Discriminator half.
    case generatorHead, discriminatorHeads, discriminatorTails, discriminatorHeadsBackward
    // Generator half.
    case generatorPassHead, generatorPassTail, generatorTailBackward, generatorHeadBackward
    // Commits.
    case discriminatorHeadUpdate, discriminatorTailUpdate, generatorHeadUpdate, generatorTailUpdate
    /// G's tail forward alone: only when a generator half is repeated, not in a usual step.
    case regeneratedImages

    /// What a worker computes between the answer to the exchange before and its message of this one.
    ///
    /// A tail's update waits for the commit too, but is counted where its gradients are: it is small, and each cut's
    /// seconds then are in as few stages as can be.
    static func parts(of exchange: Int) -> [EdgePart] {
        switch exchange {
        // The step before ends with G's head backwards.
        case 1: [.generatorHeadBackward, .generatorHeadUpdate, .generatorHead]
        case 2: [.discriminatorHeads]
        case 3: [.discriminatorTails, .discriminatorTailUpdate]
        case 4: [.discriminatorHeadsBackward, .discriminatorHeadUpdate, .generatorPassHead]
        case 5: [.generatorPassTail]
        default: [.generatorTailBackward, .generatorTailUpdate]
        }
    }

    /// Passes through the blocks at each cut, and how many of each.
    var passes: [(cut: Cut, pass: StepWork.Pass, times: Double)] {
        switch self {
        case .generatorHead: [(.generatorHead, .forward, 1)]
        case .discriminatorHeads: [(.generatorTail, .forward, 1), (.discriminatorHead, .forward, 2)]
        case .discriminatorTails: [(.discriminatorTail, .forward, 2), (.discriminatorTail, .backward, 2)]
        case .discriminatorHeadsBackward: [(.discriminatorHead, .backwardWeights, 2)]
        case .generatorPassHead: [(.discriminatorHead, .forward, 1)]
        // The generator half wants no gradient of D's weights.
        case .generatorPassTail: [(.discriminatorTail, .forward, 1), (.discriminatorTail, .backwardData, 1)]
        case .generatorTailBackward: [(.discriminatorHead, .backwardData, 1), (.generatorTail, .backward, 1)]
        // Nobody wants the gradient of noise.
        case .generatorHeadBackward: [(.generatorHead, .backwardWeights, 1)]
        case .discriminatorHeadUpdate: [(.discriminatorHead, .update, 1)]
        case .discriminatorTailUpdate: [(.discriminatorTail, .update, 1)]
        case .generatorHeadUpdate: [(.generatorHead, .update, 1)]
        case .generatorTailUpdate: [(.generatorTail, .update, 1)]
        case .regeneratedImages: [(.generatorTail, .forward, 1)]
        }
    }
}
