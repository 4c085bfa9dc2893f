import OxbowModel
import OxbowRandom

/// Values before the first step; each tensor has a random stream of its own, so that cuts do not change them.
public enum InitialState {
    /// The slot word of the stream that all share in a common start; no worker has it.
    static let common = UInt32.max

    /// Every tensor of a block.
    ///
    /// - Parameter key: nil for the common start; in an independent one the worker's slot.
    public static func draw(_ block: BlockDescription, seed: UInt64, key: Int?) -> [NamedTensor] {
        block.tensors.map { tensor in
            NamedTensor(name: tensor.name, shape: tensor.shape, values: values(of: tensor, seed: seed, key: key))
        }
    }

    /// Every tensor of the model.
    public static func draw(_ model: ModelDescription, seed: UInt64, key: Int?) -> NamedTensors {
        NamedTensors(model.blockNames.flatMap { draw(model[$0], seed: seed, key: key) })
    }

    private static func values(of tensor: TensorDescription, seed: UInt64, key: Int?) -> [Float] {
        if case .constant(let value) = tensor.initial { return [Float](repeating: value, count: tensor.count) }
        let slot = key.map { UInt32(truncatingIfNeeded: $0) } ?? common
        var random = RandomStream(seed: seed, purpose: .initialState, slot: slot, name: tensor.name)
        return (0..<tensor.count).map { _ in
            switch tensor.initial {
            case .uniform(let bound): random.symmetric(Float(bound))
            case .normal: random.normal()
            case .constant(let value): value
            }
        }
    }
}
