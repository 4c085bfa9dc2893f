/// What a fleet does now, for operators and pages.
public struct FleetStatus: Codable, Hashable, Sendable {
    /// Edges by slot, then cores; those that are away too, but not those that left and for whom no place is kept.
    public var members: [Member]
    /// In the order of their submission; ended ones among them.
    public var runs: [Run]
    /// Of bulk messages, since the broker was started: the shell knows what left it.
    public var counters: RoutingCounters?
    /// Messages cross a network without encryption, or could: everybody who reaches the broker may take part.
    public var isInsecure = false

    public init(members: [Member], runs: [Run], counters: RoutingCounters? = nil) {
        self.members = members
        self.runs = runs
        self.counters = counters
    }

    public struct Member: Codable, Hashable, Sendable {
        public var id: String
        public var workerID: String
        public var tier: String
        public var isConnected: Bool
        public var sessionEpoch: UInt32
        /// Seconds since anything was heard of it, which may be gone since; nil where that was before this broker was started.
        public var silentSeconds: Double?
        public var activity: Activity
        /// By its last heartbeat.
        public var round: UInt32
        public var step: UInt32
        /// Why it does not take part in the run under way.
        public var standby: String?
        public var gflops: Double
        public var link: LinkQuality
        public var tags: [String: String]
    }

    public enum Activity: String, Codable, Hashable, Sendable {
        /// Not connected.
        case away
        /// Connected, and not in a run.
        case idle
        /// Prepares for the next barrier, or loads a state.
        case loading
        case computing
        /// In a run: its message is under way, or it waits for the core or others.
        case waiting
        /// Too slow for this round; it enters again at the next barrier.
        case sidelined
    }

    public struct Run: Codable, Hashable, Sendable {
        public var id: String
        public var state: State
        public var membership: Membership
        public var round: UInt32
        public var rounds: UInt32
        public var step: UInt32
        public var stepsPerRound: UInt32
        /// Names of those who take part.
        public var members: [String]
        /// Whom or what it waits for, in words.
        public var awaited: [String]
        /// What is to come from them: an exchange, a saved state.
        public var awaitedWhat: String?
        /// How long there was no progress.
        public var awaitedSeconds: Double?
        /// Median of the last steps.
        public var stepSeconds: Double?
        public var etaSeconds: Double?
        /// Learnt deadlines for a worker's answer, by tier, in seconds: of the slowest exchange.
        public var deadlines: [String: Double]
        public var outcome: String?
    }

    public enum State: String, Codable, Hashable, Sendable {
        case queued
        /// Active, and members are missing or load their state.
        case waiting
        case running
        case finished, stopped, failed
    }
}
