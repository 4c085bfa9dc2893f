#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How much each worker counts in an average; weights of a group add up to 1.
public enum Weights {
    /// w_i = n_i exp(-alpha KLD_i) / sum_j n_j exp(-alpha KLD_j); a group of one has weight 1.
    ///
    /// Throws `FederationError` if the numbers leave no positive finite sum.
    public static func weights(samples: [Int], divergences: [Double], alpha: Double) throws -> [Double] {
        guard samples.count == divergences.count, !samples.isEmpty else {
            throw FederationError(
                action: "weigh", subject: "\(samples.count) workers",
                reason: "\(divergences.count) divergences were given; each worker needs one")
        }
        guard samples.count > 1 else { return [1] }
        guard alpha.isFinite, divergences.allSatisfy(\.isFinite), samples.allSatisfy({ $0 >= 0 }) else {
            throw FederationError(
                action: "weigh", subject: "\(samples.count) workers",
                reason: "a divergence or alpha is not finite, or a sample count is negative")
        }
        // A common factor cancels; relative to the likeliest worker that has samples nothing vanishes.
        let exponents = zip(samples, divergences).map { $0 > 0 ? -alpha * $1 : -.infinity }
        let largest = exponents.max() ?? 0
        let raw = zip(samples, exponents).map { $0 > 0 ? Double($0) * exp($1 - largest) : 0 }
        let sum = raw.reduce(0, +)
        guard sum > 0, sum.isFinite else {
            throw FederationError(
                action: "weigh", subject: "\(samples.count) workers", reason: "none of them has a training sample")
        }
        return raw.map { $0 / sum }
    }

    /// Shares of the samples.
    public static func plain(samples: [Int]) throws -> [Double] {
        try weights(samples: samples, divergences: samples.map { _ in 0 }, alpha: 0)
    }
}
