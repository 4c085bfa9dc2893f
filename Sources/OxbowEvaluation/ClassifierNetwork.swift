import OxbowKernels
import OxbowRandom

/// The layers of a judge or another small classifier for one batch size; primitives and memory are made once.
///
/// A judge's convolutions do not pad, so 28x28 becomes 26, 13, 11, 5 and 1,600 features; images with a side below 12
/// are padded by 1, since nothing would be left of them.
final class ClassifierNetwork {
    static let features = 128
    static let leastSide = 4

    let form: ImageForm
    let batch: Int
    /// (N, H, W, C); filled by the caller.
    let input: Tensor
    private let first: ConvolutionStage
    private let second: ConvolutionStage
    private let hidden: LinearStage
    private let last: LinearStage

    /// Throws `KernelError`; sides are at least `leastSide`.
    init(_ form: ImageForm, batch: Int, padding: Int) throws(KernelError) {
        precondition(min(form.height, form.width) >= Self.leastSide, "a classifier of \(form)")
        self.form = form
        self.batch = batch
        input = Tensor([batch, form.height, form.width, form.channels])
        let padding = min(form.height, form.width) < 12 ? 1 : padding
        func stage(_ name: String, _ input: Tensor, _ channels: Int) throws(KernelError) -> ConvolutionStage {
            try ConvolutionStage(
                name,
                ConvolutionShape(
                    batch: batch, inputChannels: input.shape[3], outputChannels: channels, inputHeight: input.shape[1],
                    inputWidth: input.shape[2], kernel: 3, padding: padding))
        }
        first = try stage("conv1", input, 32)
        second = try stage("conv2", first.output, 64)
        hidden = try LinearStage(
            "linear1", batch: batch, inputs: second.output.count / batch, outputs: Self.features, relu: true)
        last = try LinearStage("linear2", batch: batch, inputs: Self.features, outputs: form.classes, relu: false)
    }

    var parameters: [ClassifierParameter] {
        [
            first.weight, first.bias, second.weight, second.bias, hidden.weight, hidden.bias, last.weight, last.bias,
        ]
    }

    /// (N, classes), of the last forward pass.
    var logits: Tensor { last.output }
    /// (N, 128), of the last forward pass.
    var hiddenFeatures: Tensor { hidden.output }

    /// To be called whenever parameters have changed.
    func pack() {
        first.pack()
        second.pack()
    }

    func forward() {
        first.forward(input)
        second.forward(first.output)
        hidden.forward(second.output)
        last.forward(hidden.output)
    }

    /// Fills the parameters' gradients, given that of the logits.
    func backward(_ logitGradient: Tensor, _ scratch: Scratch) {
        last.backward(hidden.output, logitGradient, into: scratch.hidden)
        hidden.backward(second.output, scratch.hidden, into: scratch.second)
        second.backward(first.output, scratch.second, into: scratch.first)
        first.backward(input, scratch.first, into: nil)
    }

    /// Gradients between the stages, which only training needs.
    struct Scratch {
        let first: Tensor
        let second: Tensor
        let hidden: Tensor

        init(_ network: ClassifierNetwork) {
            first = Tensor(network.first.output.shape)
            second = Tensor(network.second.output.shape)
            hidden = Tensor(network.hidden.output.shape)
        }
    }

    /// Weights uniform within sqrt(6 / inputs), which keeps the variance through ReLU; biases 0.
    ///
    /// Source: He, Zhang, Ren, Sun, "Delving deep into rectifiers" (ICCV 2015).
    func drawParameters(seed: UInt64) {
        for parameter in parameters where parameter.values.shape.count > 1 {
            var random = RandomStream(seed: seed, purpose: .judges, name: parameter.name)
            let bound = Float((6 / Double(parameter.fanIn)).squareRoot())
            for index in 0..<parameter.values.count { parameter.values.data[index] = random.symmetric(bound) }
        }
        pack()
    }
}
