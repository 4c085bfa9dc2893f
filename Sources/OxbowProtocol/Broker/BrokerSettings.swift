import OxbowModel

/// What happens when a member is missing (docs/architecture.md).
public enum Membership: String, Codable, Hashable, Sendable, CaseIterable {
    case strict, elastic
}

/// A place in the fleet for one edge.
public struct Place: Hashable, Sendable {
    public var slot: UInt32
    public var tier: String
    public var cuts: Cuts
    /// Set when the place is kept for one worker; otherwise the first of the tier gets it.
    public var workerID: String?

    public init(slot: UInt32, tier: String, cuts: Cuts, workerID: String? = nil) {
        self.slot = slot
        self.tier = tier
        self.cuts = cuts
        self.workerID = workerID
    }
}

/// What a broker is told at its start.
public struct BrokerSettings: Sendable {
    public var membership: Membership
    /// Elastic: the share of the places that must be present for the run to go on.
    public var quorum: Double
    public var heartbeat: Duration
    /// Heartbeats that may fail to come before a lease is lost.
    public var misses: Int
    /// Edges by slot.
    public var places: [Place]
    /// The plan without its assignments, which follow from those who come.
    public var template: Plan
    /// `local_epochs`, where the experiment says that instead of steps: steps = epochs x the largest worker's batches.
    public var localEpochs: UInt32?

    public init(
        membership: Membership, quorum: Double = 0.5, heartbeat: Duration = .seconds(1), misses: Int = 10,
        places: [Place], template: Plan, localEpochs: UInt32? = nil
    ) {
        self.membership = membership
        self.quorum = quorum
        self.heartbeat = heartbeat
        self.misses = misses
        self.places = places
        self.template = template
        self.localEpochs = localEpochs
    }

    var lease: Duration { heartbeat * misses }
}
