import OxbowKernels

/// What fixes the arithmetic of a run besides the model and the cuts.
public struct TrainingSettings: Hashable, Sendable {
    public var seed: UInt64
    /// Samples of a worker in a step.
    public var batch: Int
    /// Adam's constants.
    public var learningRate: Double
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double
    /// Threads over the workers' parts in the core; bits do not depend on it.
    public var lanes: Int
    public var algorithms: AlgorithmPolicy

    public init(
        seed: UInt64 = 0, batch: Int = 64, learningRate: Double = 2e-4, beta1: Double = 0.5, beta2: Double = 0.999,
        epsilon: Double = 1e-8, lanes: Int = 1, algorithms: AlgorithmPolicy = .direct
    ) {
        self.seed = seed
        self.batch = batch
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lanes = lanes
        self.algorithms = algorithms
    }

    var adam: Adam { Adam(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon) }
}

/// Which algorithm a convolution uses; `auto` is not offered since it may choose differently elsewhere.
public enum AlgorithmPolicy: Hashable, Sendable {
    case direct
    /// Winograd where it saves time.
    case preferred

    func algorithm(for shape: ConvolutionShape) -> ConvolutionAlgorithm {
        self == .direct ? .direct : Convolution.preferredAlgorithm(for: shape)
    }
}

/// Half of a step: each ends in a commit of its own.
public enum Half: Hashable, Sendable, CaseIterable {
    case discriminator, generator
}

/// Where a worker's batches come from; the same round and step must give the same batch.
public protocol BatchSource: Sendable {
    /// Fills `images` (N, H, W, C; in [-1, 1]) and sets as many labels.
    func batch(round: Int, step: Int, images: Tensor, labels: inout [Int32])
}

/// Where z comes from; replaced where a fixture prescribes it.
protocol NoiseSource: Sendable {
    /// Fills (N, noise).
    func noise(round: Int, step: Int, into noise: Tensor)
}
