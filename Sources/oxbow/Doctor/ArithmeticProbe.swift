import OxbowKernels

/// A small convolution by the fast kernel and by the reference kernel.
enum ArithmeticProbe {
    /// The relative error of the fast one.
    static func run() throws -> Double {
        let shape = ConvolutionShape(
            batch: 2, inputChannels: 8, outputChannels: 16, inputHeight: 9, inputWidth: 9, kernel: 3, stride: 1,
            padding: 1)
        let fast = try output(shape, Convolution(shape))
        let plain = try output(
            shape, Convolution(shape, algorithm: .direct, options: ConvolutionOptions(kernel: .reference)))
        return KernelFixtures.relativeError(fast, plain)
    }

    private static func output(_ shape: ConvolutionShape, _ convolution: Convolution) throws -> [Float] {
        let weights = try ConvolutionWeights(like: convolution)
        weights.load(plain: (0..<weights.values.count).map { Float($0 % 17) / 17 - 0.5 })
        weights.packed()
        let input = Tensor(shape.inputShape)
        input.load((0..<input.count).map { Float($0 % 23) / 23 - 0.5 })
        let output = Tensor(shape.outputShape)
        convolution.forward(input, weights, into: output)
        return output.array
    }
}
