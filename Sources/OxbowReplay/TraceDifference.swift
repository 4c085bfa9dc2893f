import OxbowProtocol
import OxbowTrace
import OxbowWire

/// The first message of a trace that is not what was computed here.
public struct TraceDifference: Codable, Hashable, Sendable {
    public var path: String
    /// From 0, the header.
    public var record: Int
    /// In bytes, of the record's first one.
    public var offset: UInt64
    /// Since the trace began.
    public var seconds: Double
    /// `received` or `sent` by the broker, or `decision` or `end`.
    public var type: String
    /// Who sent it.
    public var member: String?
    /// Such as `exchange 3 up` or `metrics`.
    public var what: String
    public var term: UInt32?
    public var round: UInt32?
    public var step: UInt32?
    public var exchange: UInt8?
    public var recorded: String
    /// nil: nothing of the kind was computed here.
    public var computed: String?

    init(_ entry: TraceReader.Entry, in path: String, from start: UInt64, what: String, recorded: String, computed: String?) {
        (self.path, record, offset) = (path, entry.number, entry.offset)
        seconds = Double(max(entry.record.time_ns, start) - start) / 1e9
        type =
            switch entry.record.content {
            case .message(let message): message.direction == .received ? "received" : "sent"
            case .end: "end"
            default: "decision"
            }
        (self.what, self.recorded, self.computed) = (what, recorded, computed)
    }

    /// The member's own place in the run, if the message has one.
    mutating func place(_ key: ExchangeKey) {
        (term, round, step, exchange) = (key.term, key.round, key.step, key.exchange.rawValue)
        member = (key.direction == .up ? MemberID.edge(key.slot) : .core()).description
    }
}

/// What was compared and found equal.
public struct VerifiedCounts: Codable, Hashable, Sendable {
    /// Bulk messages and artifacts.
    public var bodies = 0
    public var bytes: UInt64 = 0
    /// Digests of states, losses and reports of the core.
    public var words = 0
    /// Committed.
    public var barriers = 0
    /// Messages that had no effect, of ended sessions and older terms, and were not computed here.
    public var void = 0
    /// The most bytes of bodies that waited here at once.
    public var mostHeldBytes = 0

    public init() {}
}
