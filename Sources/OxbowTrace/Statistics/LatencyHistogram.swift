import Histogram

/// Percentiles of times: microseconds to an hour, three digits.
public struct LatencyHistogram: Sendable {
    private var histogram = Histogram<UInt32>(
        lowestDiscernibleValue: 1, highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)

    /// An hour.
    private static let longest: UInt64 = 3_600_000_000

    public init() {}

    public var count: UInt64 { histogram.totalCount }

    /// Longer times than an hour count as one.
    public mutating func add(microseconds: UInt64) { histogram.record(min(Self.longest, microseconds)) }

    /// In seconds.
    public func value(atPercentile percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) / 1e6 }
}
