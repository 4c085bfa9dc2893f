import Histogram
import OxbowProtocol

/// Percentiles of times by tier and exchange.
struct LatencyTable {
    struct Key: Hashable, Comparable {
        var tier: String
        var exchange: Exchange
        static func < (a: Key, b: Key) -> Bool { (a.tier, a.exchange) < (b.tier, b.exchange) }
    }

    private var histograms: [Key: Histogram<UInt32>] = [:]

    /// In microseconds: an hour.
    private static let longest: UInt64 = 3_600_000_000
    /// A histogram has its memory, so their number has an end.
    private static let mostKeys = 1024

    mutating func add(_ key: Key, from: UInt64, to: UInt64) {
        guard histograms[key] != nil || histograms.count < Self.mostKeys else { return }
        let microseconds = min(Self.longest, max(from, to) &- from) / 1000
        histograms[
            key,
            default: Histogram(
                lowestDiscernibleValue: 1, highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)
        ].record(microseconds)
    }

    var rows: [TraceStatistics.Latency] {
        histograms.sorted { $0.key < $1.key }.map { key, histogram in
            func seconds(_ percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) / 1e6 }
            return TraceStatistics.Latency(
                tier: key.tier, exchange: key.exchange.rawValue, count: histogram.totalCount, p50: seconds(50), p90: seconds(90),
                p99: seconds(99), max: seconds(100))
        }
    }
}
