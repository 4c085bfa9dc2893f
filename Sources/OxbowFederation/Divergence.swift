#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How far each worker's signal is from those of the others (algorithm.md section 4).
public enum Divergence {
    /// Keeps the logarithm of a position without weight finite.
    static let epsilon = 1e-9

    /// KL divergence of each member from the mean of the *other* members; 0 for a group of one.
    ///
    /// - Parameter members: rows of `signals`; the result is in their order.
    public static func leaveOneOut(_ signals: Signals, members: [Int]) -> [Double] {
        guard members.count > 1 else { return members.map { _ in 0 } }
        let distributions = members.map { distribution(signals.rows[$0], positions: signals.positions) }
        var sums = [Double](repeating: 0, count: signals.channels * signals.positions)
        for distribution in distributions {
            for index in sums.indices { sums[index] += distribution[index] }
        }
        return distributions.map { own in
            let others = Double(members.count - 1)
            var divergence = 0.0
            for index in own.indices {
                let mean = (sums[index] - own[index]) / others + epsilon
                divergence += mean * (log(mean) - log(own[index] + epsilon))
            }
            return divergence / Double(signals.channels)
        }
    }

    /// Softmax over the positions of each channel.
    static func distribution(_ row: [Double], positions: Int) -> [Double] {
        var result = row
        for start in stride(from: 0, to: row.count, by: positions) {
            let channel = start..<start + positions
            let largest = row[channel].max() ?? 0
            var sum = 0.0
            for index in channel {
                result[index] = exp(row[index] - largest)
                sum += result[index]
            }
            for index in channel { result[index] /= sum }
        }
        return result
    }
}
