import OxbowKernels

/// A trained tensor of a classifier; what training adds is allocated when it is first used.
final class ClassifierParameter {
    let name: String
    let values: Tensor
    /// Inputs of one output.
    let fanIn: Int
    private(set) lazy var gradient = Tensor(values.shape)
    private lazy var moment1 = Tensor(values.shape)
    private lazy var moment2 = Tensor(values.shape)

    init(_ name: String, _ values: Tensor, fanIn: Int) {
        self.name = name
        self.values = values
        self.fanIn = fanIn
    }

    func update(_ adam: Adam, step: Int) {
        adam.update(values, gradient: gradient, moment1: moment1, moment2: moment2, step: step)
    }
}

/// Convolution 3x3, ReLU, pool 2.
///
/// Pools first: the maximum commutes exactly with adding a bias and with ReLU, which then see a quarter of the numbers.
final class ConvolutionStage {
    let weight: ClassifierParameter
    let bias: ClassifierParameter
    /// (N, H / 2, W / 2, C)
    let output: Tensor
    private let convolution: Convolution
    private let filters: ConvolutionWeights
    private let pool: MaxPool
    /// The convolution's output; backwards its gradient, since the pool remembers which numbers it chose.
    private let raw: Tensor

    init(_ name: String, _ shape: ConvolutionShape) throws(KernelError) {
        convolution = try Convolution(shape, algorithm: ClassifierRecipe.algorithm)
        filters = try ConvolutionWeights(like: convolution)
        pool = MaxPool(
            batch: shape.batch, height: shape.outputHeight, width: shape.outputWidth, channels: shape.outputChannels,
            kernel: 2, stride: 2)
        raw = Tensor(shape.outputShape)
        output = Tensor(pool.outputShape)
        let fanIn = shape.inputChannels * shape.kernel * shape.kernel
        weight = ClassifierParameter("\(name).weight", filters.values, fanIn: fanIn)
        bias = ClassifierParameter("\(name).bias", Tensor([shape.outputChannels]), fanIn: fanIn)
    }

    /// To be called whenever the weights have changed.
    func pack() { filters.packed() }

    func forward(_ input: Tensor) {
        convolution.forward(input, filters, into: raw)
        pool.forward(raw, into: output)
        Elementwise.addBias(output, bias.values, into: output)
        Elementwise.relu(output, into: output)
    }

    /// Gradients of the weights and, if asked for, of the input; `gradient` (of the output) is overwritten.
    func backward(_ input: Tensor, _ gradient: Tensor, into inputGradient: Tensor?) {
        Elementwise.reluBackward(output, gradient, into: gradient)
        Elementwise.biasGradient(gradient, into: bias.gradient)
        pool.backward(gradient, into: raw)
        convolution.backwardWeights(input, raw, into: weight.gradient)
        if let inputGradient { convolution.backwardData(raw, filters, into: inputGradient) }
    }
}

/// A linear layer, with ReLU or without.
final class LinearStage {
    let weight: ClassifierParameter
    let bias: ClassifierParameter
    /// (N, outputs)
    let output: Tensor
    private let linear: Linear
    private let relu: Bool

    init(_ name: String, batch: Int, inputs: Int, outputs: Int, relu: Bool) throws(KernelError) {
        linear = try Linear(batch: batch, inputs: inputs, outputs: outputs)
        output = Tensor([batch, outputs])
        weight = ClassifierParameter("\(name).weight", Tensor([outputs, inputs]), fanIn: inputs)
        bias = ClassifierParameter("\(name).bias", Tensor([outputs]), fanIn: inputs)
        self.relu = relu
    }

    func forward(_ input: Tensor) {
        linear.forward(input, weight.values, bias.values, into: output)
        if relu { Elementwise.relu(output, into: output) }
    }

    /// Gradients of the weights and of the input; `gradient` (of the output) is overwritten.
    func backward(_ input: Tensor, _ gradient: Tensor, into inputGradient: Tensor) {
        if relu { Elementwise.reluBackward(output, gradient, into: gradient) }
        linear.backwardWeights(input, gradient, into: weight.gradient, bias.gradient)
        linear.backwardData(gradient, weight.values, into: inputGradient)
    }
}
