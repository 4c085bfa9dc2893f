import OxbowKernels

/// All three passes of one shape on inputs that depend on the key.
struct ConvolutionRun {
    let layer: Convolution
    let weights: ConvolutionWeights
    let x, dy: Tensor
    let y, dx, dw: Tensor

    init(
        _ shape: ConvolutionShape, key: Int, algorithm: ConvolutionAlgorithm = .direct,
        options: ConvolutionOptions = .init()
    ) throws {
        var keyed = Keyed(key)
        layer = try Convolution(shape, algorithm: algorithm, options: options)
        weights = try ConvolutionWeights(like: layer)
        weights.load(plain: keyed.tensor(shape.weightShape).array)
        x = keyed.tensor(shape.inputShape)
        dy = keyed.tensor(shape.outputShape)
        (y, dx, dw) = (Tensor(shape.outputShape), Tensor(shape.inputShape), Tensor(shape.weightShape))
        // What was there before must not matter.
        for tensor in [y, dx, dw] { tensor.fill(.nan) }
        run()
    }

    func run() {
        layer.forward(x, weights, into: y)
        layer.backwardData(dy, weights, into: dx)
        layer.backwardWeights(x, dy, into: dw)
    }

    /// The largest relative error of the three results.
    func error(against other: ConvolutionRun) -> Double {
        max(relativeError(y, other.y), relativeError(dx, other.dx), relativeError(dw, other.dw))
    }

    func sameBits(as other: ConvolutionRun) -> Bool {
        [(y, other.y), (dx, other.dx), (dw, other.dw)].allSatisfy { OxbowKernelsTests.sameBits($0, $1) }
    }

    /// A small shape of any kind, by key.
    static func shape(
        _ key: Int, image: [Int] = [1, 2, 3, 5, 6, 8, 10, 16, 24], other: [Int] = [1, 2, 5, 8, 10, 16, 24, 40]
    ) -> ConvolutionShape {
        var keyed = Keyed(key &* 31 &+ 7)
        while true {
            let transposed = keyed.int(0...1) == 1
            let (a, b) = (keyed.one(of: image), keyed.one(of: other))
            let kernel = keyed.int(1...5)
            let shape = ConvolutionShape(
                batch: keyed.int(1...3), inputChannels: transposed ? b : a, outputChannels: transposed ? a : b,
                inputHeight: keyed.int(1...11), inputWidth: keyed.int(1...11), kernel: kernel,
                stride: keyed.int(1...3), padding: keyed.int(0...max(0, kernel - 1)), transposed: transposed)
            if shape.outputHeight > 0 && shape.outputWidth > 0 { return shape }
        }
    }
}
