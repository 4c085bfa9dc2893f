/// What a block costs for one sample.
public struct BlockCost: Hashable, Sendable {
    /// FLOP by the published rules; a strided transposed convolution is counted stride^2 times too often there.
    public var publishedForward: Int
    public var publishedBackward: Int
    /// Multiply-adds that the forward pass really needs; backward to the data and to the weights need as many each.
    public var multiplyAdds: Int
    /// FLOP of bias, batch norm and activation, by the published rules.
    public var elementsForward: Int
    public var elementsBackward: Int
    /// Bytes of the block's output in float32.
    public var outputBytes: Int
}

extension BlockDescription {
    /// Cost of one sample (algorithm.md section 7); multiply by the batch.
    public var cost: BlockCost {
        let weights = publishedWeightFlop
        let elements = output.count
        let norm = batchNorm ? (forward: 8, backward: 11) : (forward: 0, backward: 0)
        let after = activation.publishedFlop
        let forward = elements * (1 + norm.forward + after.forward)
        let backward = elements * (1 + norm.backward + after.backward)
        return BlockCost(
            publishedForward: weights + forward, publishedBackward: weights * (name.index == 0 ? 1 : 2) + backward,
            multiplyAdds: multiplyAdds, elementsForward: forward, elementsBackward: backward, outputBytes: 4 * elements)
    }

    private var publishedWeightFlop: Int {
        switch transform {
        case .linear: 2 * transformInput.count * output.count
        case .convolution(let kernel, _, _), .deconvolution(let kernel, _, _):
            2 * transformInput.channels * output.channels * kernel * kernel * output.positions
        }
    }

    private var multiplyAdds: Int {
        switch transform {
        case .linear: transformInput.count * output.count
        case .convolution(let kernel, _, _):
            transformInput.channels * output.channels * kernel * kernel * output.positions
        case .deconvolution(let kernel, _, _):
            transformInput.channels * output.channels * kernel * kernel * input.positions
        }
    }
}

extension Activation {
    /// FLOP an element, as published.
    var publishedFlop: (forward: Int, backward: Int) {
        switch self {
        case .relu: (1, 2)
        case .leakyRelu: (2, 3)
        case .tanh: (5, 3)
        case .sigmoid: (3, 2)
        }
    }
}
