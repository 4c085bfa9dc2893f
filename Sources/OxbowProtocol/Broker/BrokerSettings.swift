/// What happens when a member is missing (docs/architecture.md).
public enum Membership: String, Codable, Hashable, Sendable, CaseIterable {
    case strict, elastic
}

/// A slot that is kept for one worker.
public struct Reservation: Hashable, Sendable {
    public var slot: UInt32
    public var workerID: String
    public var tier: String

    public init(slot: UInt32, workerID: String, tier: String) {
        self.slot = slot
        self.workerID = workerID
        self.tier = tier
    }
}

/// What a broker is told of its fleet at its start; runs come later.
public struct BrokerSettings: Hashable, Sendable {
    public var heartbeat: Duration
    /// Heartbeats that may fail to come before a lease is lost.
    public var misses: Int
    /// Not empty: nobody else is taken in as an edge.
    public var reservations: [Reservation]
    /// Ends with its first run, and lets the members go.
    public var servesOneRun: Bool
    /// Members measure their links, and runs wait for that.
    public var probesLinks: Bool
    /// Sessions that all who take no part in a run may begin together, after a pause and in the long run: each costs a record
    /// that is synced to disk, and anybody can ask for it. Those beyond hear nothing, and ask again after their patience.
    public var sessionsAtOnce = 1024
    public var sessionsPerSecond = 32.0
    /// Protocol versions that it speaks.
    public var versions = ProtocolVersion.all

    public init(
        heartbeat: Duration = .seconds(1), misses: Int = 10, reservations: [Reservation] = [], servesOneRun: Bool = false,
        probesLinks: Bool = false
    ) {
        self.heartbeat = heartbeat
        self.misses = misses
        self.reservations = reservations
        self.servesOneRun = servesOneRun
        self.probesLinks = probesLinks
    }

    var lease: Duration { heartbeat * misses }
}
