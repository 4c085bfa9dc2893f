import OxbowKernels
import Testing

@Suite struct WinogradTests {
    /// More than direct convolution's rounding: sums of products that partly cancel.
    private static let tolerance = 3e-5

    /// A shape that has a form, by key: any side, padding and channels.
    private static func shape(_ key: Int) -> ConvolutionShape {
        var keyed = Keyed(key &* 17 &+ 3)
        while true {
            let four = keyed.int(0...1) == 1, transposed = keyed.int(0...1) == 1
            let image = keyed.one(of: [9, 12, 16, 33]), other = keyed.one(of: [1, 5, 8, 16, 40])
            let shape = ConvolutionShape(
                batch: keyed.int(1...4), inputChannels: transposed ? other : image,
                outputChannels: transposed ? image : other, inputHeight: keyed.int(1...17), inputWidth: keyed.int(1...17),
                kernel: four ? 4 : 3, stride: four ? 2 : 1, padding: keyed.int(0...(four ? 3 : 2)), transposed: transposed)
            if shape.outputHeight > 0 && shape.outputWidth > 0 { return shape }
        }
    }

    @Test(arguments: 0..<200)
    func anyShapeAgreesWithTheReference(_ key: Int) throws {
        let shape = Self.shape(key)
        let reference = try ConvolutionRun(shape, key: key, options: .init(kernel: .reference))
        let fast = try ConvolutionRun(shape, key: key, algorithm: .winograd)
        #expect(fast.layer.kernel == .winograd, "\(shape)")
        #expect(fast.error(against: reference) < Self.tolerance, "\(shape)")
    }

    @Test(arguments: InstructionSet.allCases)
    func everyInstructionSetAgrees(_ set: InstructionSet) throws {
        _ = try Kernels.withInstructionSet(set) {
            for key in 0..<30 {
                let shape = Self.shape(key)
                let reference = try ConvolutionRun(shape, key: key, options: .init(kernel: .reference))
                let fast = try ConvolutionRun(shape, key: key, algorithm: .winograd)
                #expect(fast.error(against: reference) < Self.tolerance, "\(shape) by \(fast.layer.implementations)")
            }
        }
    }

    /// The layers of the networks at full width, which take all forms, with a batch of several chunks.
    @Test(arguments: [
        (256, 128, 7, 4, 2, true), (128, 128, 14, 3, 1, true), (128, 64, 14, 4, 2, true), (64, 128, 14, 4, 2, false),
        (128, 128, 7, 3, 1, false), (128, 256, 7, 4, 2, false),
    ])
    func wideLayersAgreeWithDirect(_ layer: (Int, Int, Int, Int, Int, Bool)) throws {
        let shape = ConvolutionShape(
            batch: 21, inputChannels: layer.0, outputChannels: layer.1, inputHeight: layer.2, inputWidth: layer.2,
            kernel: layer.3, stride: layer.4, padding: 1, transposed: layer.5)
        #expect(Convolution.preferredAlgorithm(for: shape) == .winograd)
        let direct = try ConvolutionRun(shape, key: 1)
        let winograd = try ConvolutionRun(shape, key: 1, algorithm: .winograd)
        #expect(direct.layer.algorithm == .direct && winograd.layer.algorithm == .winograd)
        #expect(winograd.error(against: direct) < Self.tolerance)
    }

    /// Filters wider than a panel: a narrow last one, and phases that lie across two.
    @Test(arguments: [(72, 300, 3), (300, 72, 3), (96, 40, 4), (130, 257, 3), (20, 96, 4)])
    func panelsOfAnyWidthAgreeWithTheReference(_ layer: (Int, Int, Int)) throws {
        for transposed in [false, true] {
            let shape = ConvolutionShape(
                batch: 2, inputChannels: layer.0, outputChannels: layer.1, inputHeight: 6, inputWidth: 5, kernel: layer.2,
                stride: layer.2 == 4 ? 2 : 1, padding: 1, transposed: transposed)
            let reference = try ConvolutionRun(shape, key: 5, options: .init(kernel: .reference))
            let fast = try ConvolutionRun(shape, key: 5, algorithm: .winograd)
            #expect(fast.layer.kernel == .winograd && fast.error(against: reference) < Self.tolerance, "\(shape)")
        }
    }

    /// A part's results hardly depend on the batch that it came in: only by how the matrix product is blocked.
    @Test func oneSetOfWeightsServesEveryBatch() throws {
        for key in 0..<20 {
            var shape = Self.shape(key)
            let whole = try ConvolutionRun(shape, key: key, algorithm: .winograd)
            shape.batch = 1
            let single = try Convolution(shape, algorithm: .winograd)
            let x = Tensor(shape.inputShape), y = Tensor(shape.outputShape)
            x.data.update(from: whole.x.data, count: x.count)
            single.forward(x, whole.weights, into: y)
            #expect(KernelFixtures.relativeError(y.array, Array(whole.y.buffer[..<y.count])) < 1e-6, "\(shape)")
        }
    }

    /// Weights that were packed for the direct algorithm are packed again, each time they are used.
    @Test func weightsOfTheDirectAlgorithmAreRepacked() throws {
        let shape = ConvolutionShape(
            batch: 2, inputChannels: 10, outputChannels: 16, inputHeight: 9, inputWidth: 9, kernel: 3, padding: 1)
        let run = try ConvolutionRun(shape, key: 3)
        let other = try Convolution(shape, algorithm: .winograd)
        let y = Tensor(shape.outputShape)
        for sign: Float in [1, -1] {
            run.weights.load(plain: run.weights.plain().map { $0 * sign })
            run.run()
            other.forward(run.x, run.weights, into: y)
            #expect(relativeError(y, run.y) < Self.tolerance)
        }
    }

    /// Layers of one lane share scratch memory, and leave nothing in it that the next would read.
    @Test func layersShareScratchMemory() throws {
        let shapes = (0..<6).map(Self.shape)
        let scratch = ConvolutionScratch()
        let layers = try shapes.map { try Convolution($0, algorithm: .winograd, scratch: scratch) }
        for (key, layer) in layers.enumerated().reversed() {
            let alone = try ConvolutionRun(layer.shape, key: key, algorithm: .winograd)
            let (y, dx, dw) = (Tensor(alone.y.shape), Tensor(alone.dx.shape), Tensor(alone.dw.shape))
            layer.forward(alone.x, alone.weights, into: y)
            layer.backwardData(alone.dy, alone.weights, into: dx)
            layer.backwardWeights(alone.x, alone.dy, into: dw)
            #expect(sameBits(y, alone.y) && sameBits(dx, alone.dx) && sameBits(dw, alone.dw), "\(layer.shape)")
        }
    }

    @Test func itIsPreferredWhereItSavesTime() throws {
        func algorithm(_ input: Int, _ output: Int, _ side: Int, kernel: Int = 3, stride: Int = 1) -> ConvolutionAlgorithm {
            Convolution.preferredAlgorithm(
                for: ConvolutionShape(
                    batch: 8, inputChannels: input, outputChannels: output, inputHeight: side, inputWidth: side,
                    kernel: kernel, stride: stride, padding: 1))
        }
        #expect(algorithm(64, 64, 14) == .winograd)
        #expect(algorithm(64, 64, 14, kernel: 4, stride: 2) == .winograd)
        // Too few channels, too small an image, no form.
        #expect(algorithm(8, 64, 14) == .direct)
        #expect(algorithm(16, 16, 14) == .direct)
        #expect(algorithm(64, 64, 1) == .direct)
        #expect(algorithm(64, 64, 14, kernel: 5, stride: 2) == .direct)
        let other = ConvolutionShape(
            batch: 1, inputChannels: 16, outputChannels: 16, inputHeight: 8, inputWidth: 8, kernel: 5, padding: 1)
        #expect(try Convolution(other, algorithm: .winograd).algorithm == .direct)
    }
}
