import OxbowKernels
import Testing

/// Batch norm over parts that were pooled, forward and backward.
private struct PooledRun {
    let channels: Int
    let activation: Activation
    let gamma, beta: Tensor

    func outputs(_ parts: [Tensor]) -> [Tensor] {
        let (_, mean, invstd) = moments(parts)
        return parts.map { part in
            let y = Tensor(part.shape)
            BatchNorm.normalize(part, mean, invstd, gamma, beta, activation: activation, into: y)
            return y
        }
    }

    func moments(_ parts: [Tensor]) -> (BatchNormStatistics, Tensor, Tensor) {
        let pooled = BatchNorm.pooled(parts.map { BatchNorm.statistics($0, channels: channels) })
        let (mean, invstd) = (Tensor([channels]), Tensor([channels]))
        BatchNorm.moments(pooled, mean: mean, invstd: invstd)
        return (pooled, mean, invstd)
    }

    func gradients(_ parts: [Tensor], _ dy: [Tensor]) -> (dx: [Tensor], sums: BatchNormSums) {
        let (pooled, mean, invstd) = moments(parts)
        var total = BatchNormSums(channels: channels)
        for (x, dy) in zip(parts, dy) {
            var sums = BatchNormSums(channels: channels)
            BatchNorm.backwardSums(x, dy, mean, invstd, gamma, beta, activation: activation, into: &sums)
            total.merge(sums)
        }
        let dx = zip(parts, dy).map { x, dy in
            // In place, as a training step does it.
            let dx = dy.copy()
            BatchNorm.backward(
                x, dx, mean, invstd, gamma, beta, activation: activation, sums: total, count: pooled.count, into: dx)
            return dx
        }
        return (dx, total)
    }
}

@Suite struct BatchNormTests {
    private static let activations: [Activation] = [.none, .relu, .leakyRelu(0.2)]

    private func joined(_ parts: [Tensor], _ channels: Int) -> Tensor {
        let values = parts.flatMap(\.array)
        return Tensor([values.count / channels, channels], values)
    }

    @Test(arguments: InstructionSet.allCases, [1, 3, 8, 13, 37, 64, 128])
    func statisticsAgreeWithTwoPasses(_ set: InstructionSet, _ channels: Int) {
        var keyed = Keyed(channels)
        // A mean far from zero would cancel all digits of a naive sum of squares.
        let x = keyed.tensor([301, channels], mean: 1000)
        _ = Kernels.withInstructionSet(set) {
            let found = BatchNorm.statistics(x, channels: channels)
            #expect(found.count == 301)
            for c in 0..<channels {
                let column = (0..<301).map { Double(x.data[$0 * channels + c]) }
                let mean = column.reduce(0, +) / 301
                let m2 = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                #expect(abs(found.mean[c] - mean) < 1e-7 * abs(mean))
                #expect(abs(found.m2[c] - m2) < 1e-5 * m2)
            }
        }
    }

    @Test func aConstantChannelHasNoVariance() {
        let x = Tensor([100, 2])
        x.fill(0.1)
        let found = BatchNorm.statistics(x, channels: 2)
        #expect(found.m2 == [0, 0])
        #expect(found.mean == [Double(Float(0.1)), Double(Float(0.1))])
    }

    @Test(arguments: activations, [1, 5, 16, 40])
    func pooledPartsEqualTheirConcatenation(_ activation: Activation, _ channels: Int) {
        var keyed = Keyed(channels + 77)
        let run = PooledRun(
            channels: channels, activation: activation, gamma: keyed.tensor([channels], mean: 1.5),
            beta: keyed.tensor([channels]))
        let parts = [12, 1, 130].enumerated().map { keyed.tensor([$1, channels], mean: Float($0)) }
        let dy = parts.map { keyed.tensor($0.shape) }
        let whole = [joined(parts, channels)]
        #expect(relativeError(joined(run.outputs(parts), channels), run.outputs(whole)[0]) < 2e-6)
        let pooled = run.gradients(parts, dy), single = run.gradients(whole, [joined(dy, channels)])
        #expect(relativeError(joined(pooled.dx, channels), single.dx[0]) < 2e-6)
        for c in 0..<channels {
            #expect(abs(pooled.sums.dz[c] - single.sums.dz[c]) < 1e-4)
            #expect(abs(pooled.sums.dzXhat[c] - single.sums.dzXhat[c]) < 1e-4)
        }
    }

    @Test(arguments: activations)
    func gradientsAgreeWithDifferences(_ activation: Activation) {
        var keyed = Keyed(5)
        let channels = 3
        let run = PooledRun(
            channels: channels, activation: activation, gamma: keyed.tensor([channels], mean: 1.5),
            beta: keyed.tensor([channels]))
        let x = keyed.tensor([20, channels]), dy = keyed.tensor([20, channels])
        let (dx, sums) = run.gradients([x], [dy])
        let loss = { dot(run.outputs([x])[0], dy) }
        // Where a difference crosses the kink it is not the gradient.
        let z = PooledRun(channels: channels, activation: .none, gamma: run.gamma, beta: run.beta).outputs([x])[0]
        for i in 0..<x.count where abs(z.data[i]) > 0.1 {
            #expect(abs(slope(x, i, 1e-3, loss) - Double(dx[0].data[i])) < 1e-1)
        }
        for c in 0..<channels {
            #expect(abs(slope(run.beta, c, 1e-3, loss) - sums.dz[c]) < 2e-1)
            #expect(abs(slope(run.gamma, c, 1e-3, loss) - sums.dzXhat[c]) < 2e-1)
        }
    }

    @Test func evaluationUsesTheRunningValues() {
        var keyed = Keyed(6)
        let (mean, invstd) = (Tensor([4]), Tensor([4]))
        let gamma = keyed.tensor([4]), beta = keyed.tensor([4])
        let runningMean = keyed.tensor([4]), runningVariance = keyed.tensor([4], mean: 2)
        BatchNorm.moments(runningMean: runningMean, runningVariance: runningVariance, mean: mean, invstd: invstd)
        let x = keyed.tensor([9, 4]), dy = keyed.tensor([9, 4])
        let (y, dx) = (Tensor(x.shape), Tensor(x.shape))
        BatchNorm.normalize(x, mean, invstd, gamma, beta, into: y)
        BatchNorm.backwardEvaluation(x, dy, mean, invstd, gamma, beta, into: dx)
        for i in 0..<x.count {
            let scale = gamma.data[i % 4] / (runningVariance.data[i % 4] + 1e-5).squareRoot()
            #expect(abs(y.data[i] - ((x.data[i] - runningMean.data[i % 4]) * scale + beta.data[i % 4])) < 1e-6)
            #expect(abs(dx.data[i] - dy.data[i] * scale) < 1e-6)
        }
    }

    @Test func theRunningMeanTakesTheLeftOutBias() {
        let statistics = BatchNormStatistics(count: 5, mean: [2], m2: [8])
        let (mean, variance) = (Tensor([1], [1]), Tensor([1], [1]))
        BatchNorm.updateRunning(mean: mean, variance: variance, with: statistics, bias: Tensor([1], [10]))
        #expect(abs(mean.data[0] - 2.1) < 1e-6)
        #expect(abs(variance.data[0] - 1.1) < 1e-6)
    }
}
