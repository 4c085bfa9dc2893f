import OxbowProtocol

/// Percentiles of times by tier and exchange.
struct LatencyTable {
    struct Key: Hashable, Comparable {
        var tier: String
        var exchange: Exchange
        static func < (a: Key, b: Key) -> Bool { (a.tier, a.exchange) < (b.tier, b.exchange) }
    }

    private var histograms: [Key: LatencyHistogram] = [:]

    /// A histogram has its memory, so their number has an end.
    private static let mostKeys = 1024

    /// Times in nanoseconds.
    mutating func add(_ key: Key, from: UInt64, to: UInt64) {
        guard histograms[key] != nil || histograms.count < Self.mostKeys else { return }
        histograms[key, default: LatencyHistogram()].add(microseconds: (max(from, to) &- from) / 1000)
    }

    var rows: [TraceStatistics.Latency] {
        histograms.sorted { $0.key < $1.key }.map { key, times in
            TraceStatistics.Latency(
                tier: key.tier, exchange: key.exchange.rawValue, count: times.count, p50Seconds: times.value(atPercentile: 50),
                p90Seconds: times.value(atPercentile: 90), p99Seconds: times.value(atPercentile: 99),
                maxSeconds: times.value(atPercentile: 100))
        }
    }
}
