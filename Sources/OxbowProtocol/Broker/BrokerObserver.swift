/// Told by a broker's shell what it does, on the thread that owns the sockets: each call is short and waits for nothing.
public protocol BrokerObserver: AnyObject {
    /// The shell's loop has turned.
    /// - Parameter reason: why no decision can be written now, and so none is made; nil when all is well.
    func turned(unwritable reason: String?)
    /// A bulk message was taken and passed on.
    func routed(_ message: RoutedMessage)
    /// Every refusal, those too that are too many for a log.
    func refused(_ code: ErrorCode)
    /// Once a second, and at the end.
    func saw(_ snapshot: BrokerSnapshot)
}

/// A bulk message that the broker took, and how long its sender took for it.
public struct RoutedMessage: Hashable, Sendable {
    /// Of its sender.
    public var tier: String
    public var exchange: Exchange
    public var direction: Direction
    public var byteCount: Int
    /// From when the sender could begin; nil for a core's answers after the first.
    public var duration: Duration?

    public init(tier: String, exchange: Exchange, direction: Direction, byteCount: Int, duration: Duration?) {
        self.tier = tier
        self.exchange = exchange
        self.direction = direction
        self.byteCount = byteCount
        self.duration = duration
    }
}

/// Bulk messages that members of one role may have under way, and have.
public struct CreditUse: Hashable, Sendable {
    public var granted = 0
    public var used = 0
    public init() {}
}

/// What a broker holds at one moment.
public struct BrokerSnapshot: Sendable {
    public var status: FleetStatus
    public var credits: [Role: CreditUse]
    /// Bodies of members in this process, and their bytes.
    public var heldCount: Int
    public var heldBytes: Int
    /// Messages that wait until their receiver takes more.
    public var waitingMessages: Int
    /// Requests that were not an operator's, since the start.
    public var operatorRefusals: UInt64
    /// Connections with keys that do not count, since the start.
    public var refusedHandshakes: UInt64

    public init(
        status: FleetStatus, credits: [Role: CreditUse] = [:], heldCount: Int = 0, heldBytes: Int = 0, waitingMessages: Int = 0,
        operatorRefusals: UInt64 = 0, refusedHandshakes: UInt64 = 0
    ) {
        self.status = status
        self.credits = credits
        self.heldCount = heldCount
        self.heldBytes = heldBytes
        self.waitingMessages = waitingMessages
        self.operatorRefusals = operatorRefusals
        self.refusedHandshakes = refusedHandshakes
    }
}
