import OxbowProtocol

/// What the page and `/api/status` show. Written as JSON in snake case.
struct LiveStatus: Codable, Hashable, Sendable {
    var broker: Broker
    /// Seconds since 1970.
    var time: Double
    var tiers: [Tier]
    /// Edges by slot, then cores; the first of them in an event.
    var members: [FleetStatus.Member]
    var memberCount: Int
    /// The active run, else the one that ended last.
    var run: FleetStatus.Run?
    /// Those that are next, and how many there are.
    var queue: [FleetStatus.Run]
    var queueCount: Int
    var losses: Losses?
    var traffic: Traffic
    // What changes at barriers only, or has events of its own: left out of the events of each second.
    var plan: LivePlan?
    var grids: [Grid]?
    /// The newest first.
    var events: [LiveEvent]?

    struct Broker: Codable, Hashable, Sendable {
        var release: String
        var endpoint: String
        /// Seconds since 1970.
        var started: Double
        /// Why it cannot take a decision now; nil when it is ready.
        var unready: String?
        /// Its work is over.
        var isEnded: Bool
        /// Messages cross a network without encryption, or could.
        var isInsecure = false
    }

    struct Tier: Codable, Hashable, Sendable {
        var name: String
        var connected: Int
        var total: Int
        /// Members by what they do.
        var activities: [String: Int]
        var gflops: Double
        /// Means of the last minutes, by exchange; up to where they are known.
        var exchangeSeconds: [String: Double]
    }

    struct Losses: Codable, Hashable, Sendable {
        var dReal: Double
        var dFake: Double
        var g: Double
    }

    struct Traffic: Codable, Hashable, Sendable {
        var upBytes: UInt64 = 0
        var downBytes: UInt64 = 0
        var received: UInt64 = 0
        var delivered: UInt64 = 0
        var refused: UInt64 = 0
        var dropped: UInt64 = 0
        /// In the broker now.
        var heldMessages = 0
        var heldBytes = 0
        var creditsGranted = 0
        var creditsUsed = 0
    }

    /// A grid of generated images.
    struct Grid: Codable, Hashable, Sendable {
        var cluster: Int
        var round: Int
        /// Below this server.
        var path: String
    }
}

/// The cuts in force.
struct LivePlan: Codable, Hashable, Sendable {
    struct Worker: Codable, Hashable, Sendable {
        var member: String
        var name: String
        var tier: String
        /// `[gh, gt, dh, dt]`.
        var cuts: [Int]
        var samples: UInt64
    }

    var planner: String?
    var costModel: String?
    /// A step, by the cost model.
    var seconds: Double?
    /// The share of it that a better plan could save at most.
    var gap: Double?
    var batch: UInt32
    var workers: [Worker]
}

/// Something that happened.
struct LiveEvent: Codable, Hashable, Sendable {
    enum Weight: String, Codable, Hashable, Sendable {
        case usual, bad
    }

    /// Rises, so that a page that connects anew knows what it has.
    var number: Int
    /// Seconds since 1970.
    var time: Double
    var text: String
    var weight: Weight
    var run: String?
    var round: Int?
}

/// A step that was committed.
struct LiveStep: Codable, Hashable, Sendable {
    var run: String
    var round: Int
    /// From 1.
    var step: Int
    /// From the step before; nil for a round's first.
    var seconds: Double?
}
