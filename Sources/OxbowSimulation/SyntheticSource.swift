import OxbowKernels
import OxbowProtocol
import OxbowRandom
import OxbowTraining

/// Images that depend on label, slot, round and step only.
public struct SyntheticSource: BatchSource {
    private let seed: UInt64
    private let slot: UInt32
    private let classes: Int

    public init(_ plan: Plan, _ slot: UInt32) {
        seed = plan.seed
        self.slot = slot
        classes = plan.model.classes
    }

    public func batch(round: Int, step: Int, images: Tensor, labels: inout [Int32]) {
        var random = RandomStream(seed: seed, purpose: .batches, slot: slot, round: UInt32(round), step: UInt32(step))
        labels = (0..<images.shape[0]).map { _ in Int32(random.below(classes)) }
        for index in 0..<images.count { images.data[index] = random.symmetric(1) }
    }
}
