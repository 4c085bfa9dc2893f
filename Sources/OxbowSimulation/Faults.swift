/// What goes wrong in a simulated fleet, and how often.
public struct Faults: Hashable, Sendable {
    /// Delay of a message beyond the least: up to this, drawn evenly; connections are independent, so peers overtake
    /// each other.
    public var jitter = Duration.milliseconds(5)
    /// A message is delivered a second time, later, on the same connection: a probability for each message.
    public var duplication = 0.0
    /// What is still on its way to the broker when a connection is given up is read up to 15 s later: for each such connection.
    public var lateness = 0.0
    /// A computation takes up to this long.
    public var computing = Duration.milliseconds(20)
    /// How long a search of cuts takes at most.
    public var planning = Duration.milliseconds(20)
    /// How long scoring a generator takes at most.
    public var scoring = Duration.milliseconds(20)
    /// A worker does not say what its scores are, or says that it has none: for each round that is scored.
    public var unscored = 0.0
    /// Members start at a time drawn from this span.
    public var startSpread = Duration.milliseconds(500)
    /// Clocks run fast or slow by up to this share.
    public var drift = 0.0

    // Losses: these end when there were `losses` of them, so that every run can end.

    /// A member's process ends within an event, after any of its directives, and starts again later: for each event.
    public var crash = 0.0
    /// A connection of a member breaks as a message arrives, on one lane or both: for each message. What is on it is lost from
    /// some point on, each way; the broker's socket notices, or does not.
    public var disconnection = 0.0
    /// The broker's process ends within an event, and starts again from its journal: for each event.
    public var brokerCrash = 0.0
    public var losses = 3
    /// How long a crashed process stays away at most.
    public var downtime = Duration.seconds(8)

    // Spells: these end when there were `spells` of them.

    /// Some members are cut off: nothing passes either way, and nobody is told. For each tick, four in a second.
    public var partition = 0.0
    /// A process stands still, and all that waited comes at once: for each tick.
    public var suspension = 0.0
    /// A process's clock jumps ahead: for each tick.
    public var jump = 0.0
    /// A member's state cannot be written: for each barrier.
    public var fullDisk = 0.0
    /// The broker's journal cannot be written: for each record.
    public var fullJournal = 0.0
    public var spells = 4
    /// How long a spell lasts at most, or how far a clock jumps.
    public var spell = Duration.seconds(20)

    // What members and operators do.

    /// An edge is asked to leave after a computation, so often at the most; it may come back.
    public var leaving = 0.0
    public var leaves = 0
    /// An edge's computation takes so much longer, while the edge stays alive.
    public var slowness = 0.0
    public var slow = Duration.seconds(40)
    /// An operator stops the active run, by tick, so often at the most.
    public var stopping = 0.0
    public var stops = 0

    public init() {}

    private init(_ set: (inout Faults) -> Void) { set(&self) }
}

// Presets, by the names that a command takes.
extension Faults {
    public static let presets: [(name: String, faults: Faults)] = [
        ("none", none), ("network", network), ("all", all), ("elastic", elastic), ("death", death), ("spells", spells),
        ("chaos", chaos),
    ]

    /// A network and machines that only take their time.
    public static let none = Faults {
        ($0.jitter, $0.computing, $0.startSpread) = (.zero, .milliseconds(1), .zero)
        ($0.losses, $0.spells) = (0, 0)
    }
    /// Delays, duplicates and peers that overtake each other, but nobody is lost.
    public static let network = Faults {
        ($0.jitter, $0.duplication) = (.milliseconds(80), 0.1)
    }
    /// Members and connections are lost.
    public static let all = network.with {
        ($0.crash, $0.disconnection, $0.lateness) = (0.004, 0.003, 0.3)
        $0.planning = .seconds(3)
        ($0.scoring, $0.unscored) = (.seconds(20), 0.1)
    }
    /// Members that come, go and dawdle as they like, or are lost.
    public static let elastic = network.with {
        ($0.crash, $0.disconnection, $0.lateness) = (0.003, 0.002, 0.3)
        ($0.leaving, $0.leaves, $0.slowness) = (0.004, 2, 0.004)
        $0.planning = .seconds(6)
        ($0.scoring, $0.unscored) = (.seconds(20), 0.1)
    }
    /// Everybody may die at any time: members, and the broker.
    public static let death = all.with {
        ($0.crash, $0.disconnection, $0.brokerCrash, $0.losses) = (0.003, 0.002, 0.002, 5)
        $0.downtime = .seconds(6)
    }
    /// Nobody dies: partitions, processes that stand still, clocks that jump and drift, disks that are full.
    public static let spells = network.with {
        ($0.partition, $0.suspension, $0.jump) = (0.01, 0.01, 0.01)
        ($0.fullDisk, $0.fullJournal, $0.drift) = (0.1, 0.005, 0.05)
        ($0.scoring, $0.unscored) = (.seconds(5), 0.05)
    }
    /// All of these at once.
    public static let chaos = death.with {
        ($0.partition, $0.suspension, $0.jump) = (0.01, 0.01, 0.01)
        ($0.fullDisk, $0.fullJournal, $0.drift) = (0.1, 0.005, 0.05)
    }

    /// With some of it set otherwise.
    public func with(_ set: (inout Faults) -> Void) -> Faults {
        var faults = self
        set(&faults)
        return faults
    }
}
