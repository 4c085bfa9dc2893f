/// The size of one sample between two blocks; a vector is a map of height and width 1.
public struct FeatureShape: Hashable, Sendable {
    public var height: Int
    public var width: Int
    public var channels: Int

    public init(height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
    }

    public var positions: Int { height * width }
    /// Numbers in a sample.
    public var count: Int { positions * channels }
    /// Channels-last shape of a batch.
    public func batched(_ batch: Int) -> [Int] { [batch, height, width, channels] }
}

/// How a block learns the label.
public enum LabelInput: Hashable, Sendable {
    case none
    /// An embedding of this length is appended to the input vector.
    case columns(Int)
    /// An embedding of height x width numbers is appended as one more input channel.
    case plane
}

/// The arithmetic with weights at the start of a block.
public enum Transform: Hashable, Sendable {
    /// Between flattened maps; PyTorch flattens channels first, so weights are permuted when loaded.
    case linear
    case convolution(kernel: Int, stride: Int, padding: Int)
    /// A transposed convolution.
    case deconvolution(kernel: Int, stride: Int, padding: Int)
}

/// What follows the weights and the normalisation.
public enum Activation: Hashable, Sendable {
    case relu
    /// Slope left of zero.
    case leakyRelu(Double)
    case tanh
    case sigmoid
}

/// One block as data: label input, weights, batch norm, activation. Nothing else in a block, in this order.
public struct BlockDescription: Hashable, Sendable {
    public let name: BlockName
    public let labelInput: LabelInput
    public let transform: Transform
    public let batchNorm: Bool
    public let activation: Activation
    /// Without what `labelInput` appends.
    public let input: FeatureShape
    public let output: FeatureShape
    public let classes: Int

    /// The input as the weights see it: with the label's columns or plane.
    public var transformInput: FeatureShape {
        var shape = input
        switch labelInput {
        case .none: break
        case .columns(let count): shape.channels += count
        case .plane: shape.channels += 1
        }
        return shape
    }

    /// Numbers in one row of the label embedding; 0 without one.
    public var embeddingWidth: Int {
        switch labelInput {
        case .none: 0
        case .columns(let count): count
        case .plane: input.positions
        }
    }

    /// Features that batch norm tells apart: channels, or all outputs of a linear layer.
    public var normFeatures: Int { transform == .linear ? output.count : output.channels }
    /// Rows of a batch for the normalisation.
    public func normRows(_ batch: Int) -> Int { batch * output.count / normFeatures }
}
