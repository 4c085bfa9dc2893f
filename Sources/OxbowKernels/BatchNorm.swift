import COxbowKernels

/// Batch norm over rows x channels, fused with the activation behind it; an image's rows are its N * H * W pixels.
///
/// The statistics of several parts are pooled before any part is normalised, and their sums before any gradient, so
/// the parts together are one batch. `mean`, `invstd`, `gamma` and `beta` have one value a channel.
public enum BatchNorm {
    /// PyTorch's default.
    public static let epsilon = 1e-5
    /// PyTorch's default.
    public static let momentum = 0.1

    // MARK: Statistics

    /// Fills `statistics` with one part's; no allocation.
    public static func statistics(_ x: Tensor, into statistics: inout BatchNormStatistics) {
        let channels = statistics.channels
        let rows = self.rows(x, channels)
        statistics.count = rows
        statistics.mean.withUnsafeMutableBufferPointer { mean in
            statistics.m2.withUnsafeMutableBufferPointer { m2 in
                oxbow_bn_statistics(x.data, Int64(rows), Int64(channels), mean.baseAddress, m2.baseAddress)
            }
        }
    }

    /// One part's statistics.
    public static func statistics(_ x: Tensor, channels: Int) -> BatchNormStatistics {
        var result = BatchNormStatistics(channels: channels)
        statistics(x, into: &result)
        return result
    }

    /// All parts' statistics, merged in the order given; at least one part.
    public static func pooled(_ parts: [BatchNormStatistics]) -> BatchNormStatistics {
        precondition(!parts.isEmpty, "statistics of no parts")
        var result = parts[0]
        for part in parts.dropFirst() { result.merge(part) }
        return result
    }

    /// The values to normalise by: mean and 1 / sqrt(biased variance + epsilon).
    public static func moments(
        _ statistics: BatchNormStatistics, epsilon: Double = BatchNorm.epsilon, mean: Tensor, invstd: Tensor
    ) {
        expect(mean, statistics.channels, "mean")
        expect(invstd, statistics.channels, "invstd")
        precondition(statistics.count > 0, "batch norm of no rows")
        for c in 0..<statistics.channels {
            mean.data[c] = Float(statistics.mean[c])
            let variance = statistics.m2[c] / Double(statistics.count)
            invstd.data[c] = Float(1 / (variance + epsilon).squareRoot())
        }
    }

    /// The values to normalise by in evaluation: the running ones.
    public static func moments(
        runningMean: Tensor, runningVariance: Tensor, epsilon: Double = BatchNorm.epsilon, mean: Tensor, invstd: Tensor
    ) {
        mean.copy(from: runningMean)
        expect(invstd, runningVariance.count, "invstd")
        for c in 0..<runningVariance.count {
            invstd.data[c] = Float(1 / (Double(runningVariance.data[c]) + epsilon).squareRoot())
        }
    }

    /// Moves the running values towards a batch's: the mean plus `bias` (of the layer in front, left out of its
    /// primitive), and the unbiased variance.
    public static func updateRunning(
        mean: Tensor, variance: Tensor, with statistics: BatchNormStatistics, bias: Tensor? = nil,
        momentum: Double = BatchNorm.momentum
    ) {
        expect(mean, statistics.channels, "running mean")
        expect(variance, statistics.channels, "running variance")
        if let bias { expect(bias, statistics.channels, "bias") }
        precondition(statistics.count > 1, "an unbiased variance of \(statistics.count) rows")
        for c in 0..<statistics.channels {
            let seen = statistics.mean[c] + Double(bias?.data[c] ?? 0)
            let unbiased = statistics.m2[c] / Double(statistics.count - 1)
            mean.data[c] = Float((1 - momentum) * Double(mean.data[c]) + momentum * seen)
            variance.data[c] = Float((1 - momentum) * Double(variance.data[c]) + momentum * unbiased)
        }
    }

    // MARK: Passes

    /// y = activation((x - mean) * invstd * gamma + beta); y may be x.
    public static func normalize(
        _ x: Tensor, _ mean: Tensor, _ invstd: Tensor, _ gamma: Tensor, _ beta: Tensor, activation: Activation = .none,
        into y: Tensor
    ) {
        let rows = check(x, mean, invstd, gamma, beta)
        expect(y, x.count, "normalised output")
        oxbow_bn_normalize(
            x.data, Int64(rows), Int64(mean.count), mean.data, invstd.data, gamma.data, beta.data, activation.slope,
            y.data)
    }

    /// Fills `sums` with one part's: with dz the gradient in front of the activation, that is beta's and gamma's.
    public static func backwardSums(
        _ x: Tensor, _ dy: Tensor, _ mean: Tensor, _ invstd: Tensor, _ gamma: Tensor, _ beta: Tensor,
        activation: Activation = .none, into sums: inout BatchNormSums
    ) {
        let rows = check(x, mean, invstd, gamma, beta)
        expect(dy, x.count, "output gradient of batch norm")
        precondition(sums.channels == mean.count, "sums of \(sums.channels) channels, where \(mean.count) belong")
        sums.dz.withUnsafeMutableBufferPointer { dz in
            sums.dzXhat.withUnsafeMutableBufferPointer { dzXhat in
                oxbow_bn_backward_sums(
                    x.data, dy.data, Int64(rows), Int64(mean.count), mean.data, invstd.data, gamma.data, beta.data,
                    activation.slope, dz.baseAddress, dzXhat.baseAddress)
            }
        }
    }

    /// dx of one part, given the sums and the count of rows over all parts; dx may be dy.
    public static func backward(
        _ x: Tensor, _ dy: Tensor, _ mean: Tensor, _ invstd: Tensor, _ gamma: Tensor, _ beta: Tensor,
        activation: Activation = .none, sums: BatchNormSums, count: Int, into dx: Tensor
    ) {
        precondition(sums.channels == mean.count && count > 0, "sums of \(sums.channels) channels over \(count) rows")
        let scale = 1 / Double(count)
        backward(x, dy, mean, invstd, gamma, beta, activation, into: dx) { c in
            (Float(sums.dz[c] * scale), Float(sums.dzXhat[c] * scale))
        }
    }

    /// dx where running values normalised: they do not depend on x.
    public static func backwardEvaluation(
        _ x: Tensor, _ dy: Tensor, _ mean: Tensor, _ invstd: Tensor, _ gamma: Tensor, _ beta: Tensor,
        activation: Activation = .none, into dx: Tensor
    ) {
        backward(x, dy, mean, invstd, gamma, beta, activation, into: dx) { _ in (0, 0) }
    }

    private static func backward(
        _ x: Tensor, _ dy: Tensor, _ mean: Tensor, _ invstd: Tensor, _ gamma: Tensor, _ beta: Tensor,
        _ activation: Activation, into dx: Tensor, means: (Int) -> (Float, Float)
    ) {
        let rows = check(x, mean, invstd, gamma, beta)
        expect(dy, x.count, "output gradient of batch norm")
        expect(dx, x.count, "input gradient of batch norm")
        let channels = mean.count
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * channels) { scratch in
            let first = scratch.baseAddress!
            for c in 0..<channels { (first[c], first[channels + c]) = means(c) }
            oxbow_bn_backward(
                x.data, dy.data, Int64(rows), Int64(channels), mean.data, invstd.data, gamma.data, beta.data,
                activation.slope, first, first + channels, dx.data)
        }
    }

    private static func rows(_ x: Tensor, _ channels: Int) -> Int {
        precondition(
            channels > 0 && x.count > 0 && x.count % channels == 0,
            "\(channels) channels in a tensor of shape \(x.shape)")
        return x.count / channels
    }

    private static func check(
        _ x: Tensor, _ mean: Tensor, _ invstd: Tensor, _ gamma: Tensor, _ beta: Tensor
    ) -> Int {
        expect(invstd, mean.count, "batch norm's invstd")
        expect(gamma, mean.count, "batch norm's gamma")
        expect(beta, mean.count, "batch norm's beta")
        return rows(x, mean.count)
    }
}
