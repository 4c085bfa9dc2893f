/// What a tensor of a block is.
public enum TensorKind: Hashable, Sendable {
    case embedding, weight, bias, normWeight, normBias, runningMean, runningVariance

    /// False for the buffers that the optimiser does not touch.
    public var isParameter: Bool { self != .runningMean && self != .runningVariance }
}

/// The distribution of a tensor before the first step (PyTorch's defaults).
public enum InitialValue: Hashable, Sendable {
    case constant(Float)
    /// Uniform in [-bound, bound).
    case uniform(bound: Double)
    case normal
}

/// A tensor of a block by name, in PyTorch's shape and layout.
public struct TensorDescription: Hashable, Sendable {
    /// `g.1.deconv.weight`.
    public let name: String
    public let kind: TensorKind
    public let shape: [Int]
    public let initial: InitialValue

    public var count: Int { shape.reduce(1, *) }
}

extension BlockDescription {
    /// Every parameter and buffer of the block, in a fixed order.
    public var tensors: [TensorDescription] {
        var table: [TensorDescription] = []
        func add(_ suffix: String, _ kind: TensorKind, _ shape: [Int], _ initial: InitialValue) {
            table.append(TensorDescription(name: "\(name).\(suffix)", kind: kind, shape: shape, initial: initial))
        }
        if embeddingWidth > 0 { add("embed.weight", .embedding, [classes, embeddingWidth], .normal) }
        let bound = InitialValue.uniform(bound: 1 / Double(fanIn).squareRoot())
        add("\(layerName).weight", .weight, weightShape, bound)
        add("\(layerName).bias", .bias, [biasCount], bound)
        guard batchNorm else { return table }
        add("bn.weight", .normWeight, [normFeatures], .constant(1))
        add("bn.bias", .normBias, [normFeatures], .constant(0))
        add("bn.running_mean", .runningMean, [normFeatures], .constant(0))
        add("bn.running_var", .runningVariance, [normFeatures], .constant(1))
        return table
    }

    /// The tensor of one kind; nil if the block has none.
    public func tensor(_ kind: TensorKind) -> TensorDescription? { tensors.first { $0.kind == kind } }

    /// Trainable numbers.
    public var parameterCount: Int { tensors.filter(\.kind.isParameter).reduce(0) { $0 + $1.count } }

    var layerName: String {
        switch transform {
        case .linear: "linear"
        case .convolution: "conv"
        case .deconvolution: "deconv"
        }
    }

    var biasCount: Int { transform == .linear ? output.count : output.channels }

    var weightShape: [Int] {
        switch transform {
        case .linear: [output.count, transformInput.count]
        case .convolution(let kernel, _, _): [output.channels, transformInput.channels, kernel, kernel]
        case .deconvolution(let kernel, _, _): [transformInput.channels, output.channels, kernel, kernel]
        }
    }

    /// PyTorch takes the second dimension for the inputs, also where it holds a transposed convolution's outputs.
    var fanIn: Int { weightShape.dropFirst().reduce(1, *) }
}
