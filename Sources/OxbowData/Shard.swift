import OxbowRandom

/// How a worker's batches are chosen from its shard.
public enum BatchOrder: String, Codable, Hashable, Sendable, CaseIterable {
    /// Epochs of the shard one after the other, each in an order of its own; a batch may span two.
    case permutation
    /// Every step a batch drawn anew from the whole shard, as published.
    case fresh
}

/// One worker's training images, and which of them make the batch of which step.
///
/// A pure function of its values: nothing advances, so a step can be repeated at will.
public struct Shard: Sendable {
    public let images: ImageSet
    /// The worker's images among `images`.
    public let members: [Int]
    public let seed: UInt64
    public let slot: UInt32
    /// Images of a batch.
    public let batch: Int
    public let order: BatchOrder

    /// `members` must not be empty: partitions see to that.
    public init(images: ImageSet, members: [Int], seed: UInt64, slot: UInt32, batch: Int, order: BatchOrder) {
        precondition(!members.isEmpty && batch > 0, "a shard of \(members.count) images has no batch of \(batch)")
        self.images = images
        self.members = members
        self.seed = seed
        self.slot = slot
        self.batch = batch
        self.order = order
    }

    /// Number of images; the weight of the worker at a barrier.
    public var samples: Int { members.count }

    /// The images of one step's batch, as indices into `images`. Rounds count from 1, steps from 0.
    ///
    /// A shard smaller than a batch is sampled with replacement.
    public func indices(round: UInt32, step: UInt32, stepsPerRound: UInt32) -> [Int] {
        if members.count < batch { return drawnWithReplacement(round, step) }
        switch order {
        case .fresh:
            var stream = RandomStream(seed: seed, purpose: .batches, slot: slot, round: round, step: step)
            return stream.permutation(members.count).prefix(batch).map { members[$0] }
        case .permutation:
            let earlier = UInt64(round) &- 1
            return permuted(first: (earlier &* UInt64(stepsPerRound) &+ UInt64(step)) &* UInt64(batch))
        }
    }

    /// Fills `pixels` (batch, height, width, channels; floats in [-1, 1]) and `labels` with one step's batch.
    public func fill(
        round: UInt32, step: UInt32, stepsPerRound: UInt32, images pixels: UnsafeMutableBufferPointer<Float>,
        labels: inout [Int32]
    ) {
        images.fill(indices(round: round, step: step, stepsPerRound: stepsPerRound), images: pixels, labels: &labels)
    }

    /// Steps of a round of `localEpochs` epochs: an epoch is the batch count of the largest shard.
    public static func stepsPerRound(localEpochs: Int, largestShard: Int, batch: Int) -> Int {
        localEpochs * max(1, (largestShard + batch - 1) / batch)
    }

    private func drawnWithReplacement(_ round: UInt32, _ step: UInt32) -> [Int] {
        var stream = RandomStream(seed: seed, purpose: .batches, slot: slot, round: round, step: step)
        return (0..<batch).map { _ in members[stream.below(members.count)] }
    }

    /// `batch` images from position `first` of the endless row of epochs.
    private func permuted(first: UInt64) -> [Int] {
        let size = UInt64(members.count)
        var result: [Int] = []
        result.reserveCapacity(batch)
        var position = first
        while result.count < batch {
            let epoch = epochOrder(position / size)
            let start = Int(position % size)
            let part = epoch[start..<min(epoch.count, start + batch - result.count)]
            result.append(contentsOf: part.map { members[$0] })
            position += UInt64(part.count)
        }
        return result
    }

    private func epochOrder(_ epoch: UInt64) -> [Int] {
        let (low, high) = (UInt32(truncatingIfNeeded: epoch), UInt32(truncatingIfNeeded: epoch >> 32))
        var stream = RandomStream(seed: seed, purpose: .batches, slot: slot, round: low, step: high)
        return stream.permutation(members.count)
    }
}
