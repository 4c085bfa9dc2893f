import OxbowProtocol

/// A member's answer in one exchange.
public struct Response: Hashable, Sendable {
    public var member: MemberID
    public var key: ExchangeKey
    /// When the member could begin, by the broker's clock: what it needed had been sent to it.
    public var began_ns: UInt64
    /// When its message had come.
    public var answered_ns: UInt64
    /// In and out.
    public var byteCount: UInt64
    /// Of the core: its last answer of this exchange.
    public var isLast: Bool
}

/// A piece of the critical path. Stretches follow each other without gap from the first record to the last.
public struct Stretch: Hashable, Sendable {
    public enum Part: Hashable, Sendable {
        /// From a message, or order, being sent to this member to its answer being received.
        case answer(MemberID, Exchange, byteCount: UInt64)
        /// In the broker.
        case queue
        /// At a barrier: from the last answer to the commit; the member that said last that it had saved.
        case save(MemberID?)
        /// Nothing of an order was under way that came to be committed.
        case wait
    }
    public var part: Part
    public var from_ns: UInt64
    public var to_ns: UInt64

    public var seconds: Double { Double(to_ns &- from_ns) / 1e9 }
}

/// What a walk over a trace finds.
public enum WalkEvent: Hashable, Sendable {
    case ordered(StepControl, at_ns: UInt64)
    case response(Response)
    /// A body was passed on.
    case passed(ExchangeKey, byteCount: UInt64, received_ns: UInt64, sent_ns: UInt64)
    case metrics(MemberID, StepMetrics)
    case stretch(Stretch)
    /// A round's barrier was committed.
    case barrier(round: UInt32, at_ns: UInt64)
}
