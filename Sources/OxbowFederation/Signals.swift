/// What every worker's domain looks like to D: one row of numbers a worker, channels x positions, by rising slot.
public struct Signals: Sendable {
    public let channels: Int
    public let positions: Int
    /// One row a worker.
    let rows: [[Double]]

    public var count: Int { rows.count }

    /// Throws `FederationError` when there are none, when lengths differ or when a number is not finite.
    public init(_ rows: [[Float]], channels: Int) throws {
        guard let first = rows.first, channels > 0, !first.isEmpty, first.count.isMultiple(of: channels) else {
            throw FederationError(
                action: "cluster", subject: "\(rows.count) workers",
                reason: "there must be at least one signal, of a multiple of \(channels) numbers")
        }
        self.channels = channels
        self.positions = first.count / channels
        self.rows = try rows.enumerated().map { index, row in
            guard row.count == first.count else {
                throw FederationError(
                    action: "cluster", subject: "signal \(index)",
                    reason: "it has \(row.count) numbers where the first has \(first.count)")
            }
            guard row.allSatisfy(\.isFinite) else {
                throw FederationError(
                    action: "cluster", subject: "signal \(index)",
                    reason: "it holds a number that is not finite; training diverged, restart from an earlier barrier "
                        + "or lower the learning rate")
            }
            return row.map(Double.init)
        }
    }

    /// Squared Euclidean distance of two rows.
    static func squaredDistance(_ left: [Double], _ right: [Double]) -> Double {
        left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                var sum = 0.0
                for index in left.indices {
                    let difference = left[index] - right[index]
                    sum += difference * difference
                }
                return sum
            }
        }
    }
}
