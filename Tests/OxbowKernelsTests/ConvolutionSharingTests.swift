import Foundation
import OxbowKernels
import Testing

@Suite struct ConvolutionSharingTests {
    /// The first, two middle and the last kind of layer, small.
    private static func layers(batch: Int) -> [ConvolutionShape] {
        [(2, 64, 28, 4, 2, false), (32, 32, 7, 3, 1, false), (32, 16, 7, 4, 2, true), (64, 1, 28, 3, 1, true)].map {
            ConvolutionShape(
                batch: batch, inputChannels: $0.0, outputChannels: $0.1, inputHeight: $0.2, inputWidth: $0.2,
                kernel: $0.3, stride: $0.4, padding: 1, transposed: $0.5)
        }
    }

    /// Each lane has its own convolution; the weights are shared.
    @Test(arguments: 0..<4)
    func lanesComputeTheSameBits(_ layer: Int) throws {
        let shape = Self.layers(batch: 4)[layer]
        let alone = try ConvolutionRun(shape, key: layer)
        let lanes = try (0..<4).map { _ in try Convolution(shape) }
        let results = (0..<4).map { _ in
            (Tensor(shape.outputShape), Tensor(shape.inputShape), Tensor(shape.weightShape))
        }
        DispatchQueue.concurrentPerform(iterations: 4) { lane in
            for _ in 0..<5 {
                let (y, dx, dw) = results[lane]
                lanes[lane].forward(alone.x, alone.weights, into: y)
                lanes[lane].backwardData(alone.dy, alone.weights, into: dx)
                lanes[lane].backwardWeights(alone.x, alone.dy, into: dw)
            }
        }
        for (y, dx, dw) in results {
            #expect(sameBits(y, alone.y) && sameBits(dx, alone.dx) && sameBits(dw, alone.dw))
        }
    }

    /// A part's results do not depend on which batch it shares the weights with.
    @Test(arguments: 0..<4)
    func oneSetOfWeightsServesEveryBatch(_ layer: Int) throws {
        let whole = try ConvolutionRun(Self.layers(batch: 5)[layer], key: layer)
        let single = try Convolution(Self.layers(batch: 1)[layer])
        let size = single.shape.outputCount
        let y = Tensor(single.shape.outputShape)
        for n in 0..<5 {
            let x = Tensor(single.shape.inputShape)
            x.data.update(from: whole.x.data + n * x.count, count: x.count)
            single.forward(x, whole.weights, into: y)
            #expect(KernelFixtures.relativeError(y.array, Array(whole.y.buffer[n * size..<(n + 1) * size])) < 1e-6)
        }
    }

    /// Weights packed for another layout than a convolution reads are packed again for it.
    @Test func weightsOfAnotherLayoutAreRepacked() throws {
        let shape = ConvolutionShape(
            batch: 2, inputChannels: 10, outputChannels: 6, inputHeight: 9, inputWidth: 9, kernel: 3, padding: 1)
        let run = try ConvolutionRun(shape, key: 3)
        let other = try Convolution(shape, options: .init(kernel: .oneDNN, blockedLayouts: true))
        let y = Tensor(shape.outputShape)
        other.forward(run.x, run.weights, into: y)
        #expect(relativeError(y, run.y) < 1e-6)
        run.weights.load(plain: run.weights.plain().map { -$0 })
        other.forward(run.x, run.weights, into: y)
        #expect(relativeError(y, Tensor(y.shape, run.y.array.map { -$0 })) < 1e-6)
    }

    @Test func runningAgainGivesTheSameBits() throws {
        for (key, shape) in Self.layers(batch: 3).enumerated() {
            let first = try ConvolutionRun(shape, key: key)
            let second = try ConvolutionRun(shape, key: key)
            second.run()
            #expect(first.sameBits(as: second))
        }
    }

    @Test func weightsKeepPyTorchsLayout() throws {
        let layer = try Convolution(Self.layers(batch: 1)[2])
        let weights = try ConvolutionWeights(like: layer)
        var keyed = Keyed(9)
        let plain = keyed.tensor(weights.shape).array
        weights.load(plain: plain)
        #expect(weights.shape == [32, 16, 4, 4])
        #expect(weights.plain() == plain)
        #expect(weights.plain(fromStorage: weights.storage(fromPlain: plain)) == plain)
    }

    /// A primitive keeps the thread count of its creation, wherever it runs.
    @Test func threadsAreTheCallersChoice() throws {
        #expect(Kernels.threads == 1)
        let shape = Self.layers(batch: 4)[1]
        let one = try ConvolutionRun(shape, key: 1)
        Kernels.setThreads(2)
        defer { Kernels.setThreads(1) }
        let two = try ConvolutionRun(shape, key: 1)
        #expect(two.error(against: one) < 1e-6)
        one.run()
        let again = try ConvolutionRun(shape, key: 1)
        #expect(again.sameBits(as: two))
    }
}
