/// What goes wrong in a simulated fleet, and how often. Probabilities are for each message or computation.
public struct Faults: Sendable {
    /// Delay of a message beyond the least: up to this, drawn evenly; connections are independent, so peers overtake
    /// each other.
    public var jitter: Duration
    /// A message is delivered a second time, later, on the same connection.
    public var duplication: Double
    /// A member's process ends without a word after a computation, and starts again later.
    public var crash: Double
    /// A member's connections break and what was on them is lost.
    public var disconnection: Double
    /// A computation takes up to this long.
    public var computing: Duration
    /// The broker's process ends within an event, and starts again from its journal: a probability for each event.
    public var brokerCrash: Double
    /// Crashes and disconnections end when there were this many, so that every run can end.
    public var losses: Int
    /// How long a crashed process stays away at most.
    public var downtime: Duration
    /// An edge is asked to leave after a computation, so often at the most; it may come back.
    public var leaving: Double
    public var leaves: Int
    /// An edge's computation takes so much longer, while the edge stays alive.
    public var slowness: Double
    public var slow: Duration
    /// A message on its way to the broker is read a second time, up to 15 s later, if its connection was given up meanwhile.
    public var lateness: Double
    /// How long a search of cuts takes at most.
    public var planning: Duration
    /// An operator stops the active run, by tick, so often at the most.
    public var stopping: Double
    public var stops: Int
    /// Members start at a time drawn from this span.
    public var startSpread: Duration

    public init(
        jitter: Duration = .milliseconds(5), duplication: Double = 0, crash: Double = 0, disconnection: Double = 0,
        brokerCrash: Double = 0, computing: Duration = .milliseconds(20), losses: Int = 3, downtime: Duration = .seconds(8),
        startSpread: Duration = .milliseconds(500), leaving: Double = 0, leaves: Int = 0, slowness: Double = 0,
        slow: Duration = .seconds(40), lateness: Double = 0, planning: Duration = .milliseconds(20), stopping: Double = 0,
        stops: Int = 0
    ) {
        self.jitter = jitter
        self.duplication = duplication
        self.crash = crash
        self.disconnection = disconnection
        self.brokerCrash = brokerCrash
        self.computing = computing
        self.losses = losses
        self.downtime = downtime
        self.startSpread = startSpread
        self.leaving = leaving
        self.leaves = leaves
        self.slowness = slowness
        self.slow = slow
        self.lateness = lateness
        self.planning = planning
        self.stopping = stopping
        self.stops = stops
    }

    /// A network and machines that only take their time.
    public static let none = Faults(jitter: .zero, computing: .milliseconds(1), losses: 0, startSpread: .zero)
    /// Delays, duplicates and peers that overtake each other, but nobody is lost.
    public static let network = Faults(jitter: .milliseconds(80), duplication: 0.1)
    /// Everything.
    public static let all = Faults(
        jitter: .milliseconds(80), duplication: 0.1, crash: 0.01, disconnection: 0.01, lateness: 0.1, planning: .seconds(3))
    /// Everything, and members that come, go and dawdle as they like.
    public static let elastic = Faults(
        jitter: .milliseconds(80), duplication: 0.1, crash: 0.006, disconnection: 0.006, leaving: 0.004, leaves: 2,
        slowness: 0.004, lateness: 0.1, planning: .seconds(6))
    /// Everybody may die at any time: members, and the broker.
    public static let death = Faults(
        jitter: .milliseconds(80), duplication: 0.1, crash: 0.006, disconnection: 0.004, brokerCrash: 0.002, losses: 5,
        downtime: .seconds(6), lateness: 0.1, planning: .seconds(3))
}
