/// How often each kind of fault came in a run.
public struct Disturbances: Hashable, Sendable, Codable {
    /// Processes of members that ended within an event.
    public var crashes = 0
    public var brokerCrashes = 0
    /// Connections that broke, of one lane or both.
    public var disconnections = 0
    /// Times that members were cut off from the broker for a while.
    public var partitions = 0
    /// Processes that stood still for a while.
    public var suspensions = 0
    /// Clocks that jumped ahead.
    public var jumps = 0
    /// States that could not be saved for a while.
    public var fullDisks = 0
    /// Times that the broker's journal could not be written for a while.
    public var fullJournals = 0

    public init() {}

    /// What a run may lose for good: processes and what is on connections.
    var losses: Int { crashes + brokerCrashes + disconnections }
    /// What passes.
    var spells: Int { partitions + suspensions + jumps + fullDisks + fullJournals }

    public static func += (sum: inout Disturbances, one: Disturbances) {
        for path in Self.paths { sum[keyPath: path] += one[keyPath: path] }
    }

    private static let paths: [WritableKeyPath<Disturbances, Int> & Sendable] = [
        \.crashes, \.brokerCrashes, \.disconnections, \.partitions, \.suspensions, \.jumps, \.fullDisks, \.fullJournals,
    ]
}
