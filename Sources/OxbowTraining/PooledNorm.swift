import OxbowKernels

/// Batch norm of one block in one pass over all parts: each part gives sums, the pool makes what all are normalised by.
final class PooledNorm {
    let channels: Int
    let mean: Tensor
    let inverseDeviation: Tensor
    private(set) var statistics: BatchNormStatistics
    private(set) var sums: BatchNormSums
    /// True once statistics were pooled since the last commit or discard.
    private(set) var isStaged = false

    init(channels: Int) {
        self.channels = channels
        mean = Tensor([channels])
        inverseDeviation = Tensor([channels])
        statistics = BatchNormStatistics(channels: channels)
        sums = BatchNormSums(channels: channels)
    }

    /// Pools the parts' statistics in the given order, and stages them for the running values.
    func pool(_ parts: [PartBuffers]) {
        statistics = parts[0].statistics
        for part in parts.dropFirst() { statistics.merge(part.statistics) }
        BatchNorm.moments(statistics, mean: mean, invstd: inverseDeviation)
        isStaged = true
    }

    /// Sums the parts' gradient sums in the given order; `weights` also adds them to the gradients of gamma and beta.
    func poolGradients(_ parts: [PartBuffers], _ norm: BlockState.Norm, weights: Bool) {
        sums = parts[0].sums
        for part in parts.dropFirst() { sums.merge(part.sums) }
        guard weights else { return }
        for channel in 0..<channels {
            norm.bias.gradient.data[channel] += Float(sums.dz[channel])
            norm.weight.gradient.data[channel] += Float(sums.dzXhat[channel])
        }
    }

    /// Moves the running values by the staged statistics; no primitive adds `bias`, so the mean still lacks it.
    func commitRunning(_ norm: BlockState.Norm, bias: Tensor) {
        guard isStaged else { return }
        isStaged = false
        BatchNorm.updateRunning(
            mean: norm.runningMean.values, variance: norm.runningVariance.values, with: statistics, bias: bias)
    }

    /// Forgets statistics that were not committed.
    func discard() { isStaged = false }

    /// Normalises by the running values instead, for generating; they hold the bias that no primitive adds.
    func useRunning(_ norm: BlockState.Norm, bias: Tensor) {
        BatchNorm.moments(
            runningMean: norm.runningMean.values, runningVariance: norm.runningVariance.values, mean: mean,
            invstd: inverseDeviation)
        Elementwise.add(bias, factor: -1, to: mean)
    }
}
