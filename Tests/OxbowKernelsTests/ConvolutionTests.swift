import OxbowKernels
import Testing

@Suite struct ConvolutionTests {
    @Test(arguments: 0..<200)
    func anyShapeAgreesWithTheReference(_ key: Int) throws {
        let shape = ConvolutionRun.shape(key)
        let reference = try ConvolutionRun(shape, key: key, options: .init(kernel: .reference))
        let fast = try ConvolutionRun(shape, key: key)
        #expect(fast.error(against: reference) < 2e-6, "\(shape) by \(fast.layer.implementations)")
        #expect(fast.layer.kernel != .reference, "\(shape)")
    }

    @Test(arguments: 0..<60)
    func oneDNNAgreesWithTheReference(_ key: Int) throws {
        let shape = ConvolutionRun.shape(key)
        let reference = try ConvolutionRun(shape, key: key, options: .init(kernel: .reference))
        let fast = try ConvolutionRun(shape, key: key, options: .init(kernel: .oneDNN))
        #expect(fast.error(against: reference) < 2e-6, "\(shape) by \(fast.layer.implementations)")
    }

    @Test(arguments: InstructionSet.allCases)
    func narrowKernelsAgreeWithTheReference(_ set: InstructionSet) throws {
        _ = try Kernels.withInstructionSet(set) {
            for key in 0..<120 {
                let shape = ConvolutionRun.shape(key, image: [1, 2, 3, 4, 8], other: [1, 3, 7, 8, 20, 33, 64, 70])
                let reference = try ConvolutionRun(shape, key: key, options: .init(kernel: .reference))
                let narrow = try ConvolutionRun(shape, key: key, options: .init(kernel: .narrow))
                #expect(narrow.layer.kernel == .narrow)
                #expect(narrow.error(against: reference) < 2e-6, "\(shape)")
            }
        }
    }

    /// What another layout of the primitive would need: reorders on both sides.
    @Test(arguments: 0..<60)
    func blockedLayoutsAgreeWithTheReference(_ key: Int) throws {
        let shape = ConvolutionRun.shape(key, image: [8, 16, 24, 10], other: [8, 16, 40, 5])
        let reference = try ConvolutionRun(shape, key: key, options: .init(kernel: .reference))
        let blocked = try ConvolutionRun(shape, key: key, options: .init(kernel: .oneDNN, blockedLayouts: true))
        #expect(blocked.error(against: reference) < 2e-6, "\(shape) by \(blocked.layer.implementations)")
    }

    /// A layer is bilinear: <y, dy> = <x, dx> = <w, dw> whatever the shape.
    @Test(arguments: 0..<40)
    func passesAreEachOthersAdjoints(_ key: Int) throws {
        let run = try ConvolutionRun(ConvolutionRun.shape(key &+ 1000), key: key)
        let forward = dot(run.y, run.dy)
        let scale = (dot(run.y, run.y) * dot(run.dy, run.dy)).squareRoot() + 1e-30
        #expect(abs(dot(run.x, run.dx) - forward) / scale < 1e-5)
        #expect(abs(dot(run.weights.values, run.dw) - forward) / scale < 1e-5)
    }

    @Test(arguments: [1, 2, 3, 4])
    func aChannelRangeIsPartOfTheWholeGradient(_ channels: Int) throws {
        let shape = ConvolutionShape(
            batch: 3, inputChannels: channels, outputChannels: 64, inputHeight: 28, inputWidth: 28, kernel: 4,
            stride: 2, padding: 1)
        let run = try ConvolutionRun(shape, key: channels, options: .init(kernel: .narrow))
        for first in 0..<channels {
            for last in first + 1...channels {
                let part = Tensor([3, 28, 28, last - first])
                run.layer.backwardData(run.dy, run.weights, channels: first..<last, into: part)
                let whole = run.dx.array.enumerated().filter { (first..<last).contains($0.offset % channels) }
                #expect(part.array == whole.map(\.element))
            }
        }
    }

    @Test func shapesFollowPyTorch() {
        let odd = ConvolutionShape(
            batch: 2, inputChannels: 6, outputChannels: 10, inputHeight: 7, inputWidth: 28, kernel: 4, stride: 2,
            padding: 1)
        #expect(odd.outputShape == [2, 3, 14, 10])
        #expect(odd.weightShape == [10, 6, 4, 4])
        var back = odd
        back.transposed = true
        #expect(back.outputShape == [2, 14, 56, 10])
        #expect(back.weightShape == [6, 10, 4, 4])
        #expect("\(odd)" == "conv(6, 10, k4 s2 p1) on 2x7x28")
    }

    @Test func aWrongTensorIsOurOwnBug() async {
        await #expect(processExitsWith: .failure) {
            let shape = ConvolutionShape(
                batch: 1, inputChannels: 8, outputChannels: 8, inputHeight: 4, inputWidth: 4, kernel: 3, padding: 1)
            let run = try ConvolutionRun(shape, key: 0)
            run.layer.forward(Tensor([1, 4, 4, 7]), run.weights, into: run.y)
        }
    }
}
