/// A series of measurements of the same thing, in the unit of whoever took them.
struct Samples {
    private(set) var values: [Double]

    init(_ values: [Double] = []) { self.values = values }

    mutating func add(_ value: Double) { values.append(value) }

    var max: Double { values.max() ?? .nan }
    /// The middle one, or the mean of the two middle ones.
    var median: Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
    var p50: Double { percentile(50) }
    var p99: Double { percentile(99) }

    /// The smallest value that at least `percent` in a hundred do not exceed; NaN of an empty series.
    func percentile(_ percent: Double) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        let rank = (percent / 100 * Double(sorted.count)).rounded(.up)
        return sorted[Swift.min(sorted.count - 1, Swift.max(0, Int(rank) - 1))]
    }
}

/// Seconds of one call.
func measured(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return (ContinuousClock.now - start).seconds
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
