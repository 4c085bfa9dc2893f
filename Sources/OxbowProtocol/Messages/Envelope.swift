/// The six exchanges of a step, and the one of a barrier. Each has a message up (edge to core) and one down.
public enum Exchange: UInt8, Hashable, Sendable, CaseIterable, Comparable {
    case generatorActivations = 1
    case discriminatorActivations = 2
    case discriminatorGradients = 3
    case generatorPassActivations = 4
    case generatorPassGradients = 5
    case generatorGradients = 6
    case modelDeltas = 7

    public static func < (a: Exchange, b: Exchange) -> Bool { a.rawValue < b.rawValue }
}

public enum Direction: UInt8, Hashable, Sendable, CaseIterable {
    /// From an edge to the core.
    case up = 0
    /// From the core to an edge.
    case down = 1
}

/// Which bulk message of a run this is. Unique: a second message with the same key is a duplicate.
public struct ExchangeKey: Hashable, Sendable, CustomStringConvertible {
    /// Rises with each change of membership and each return to a barrier; messages of an older term are refused.
    public var term: UInt32
    public var round: UInt32
    public var step: UInt32
    public var exchange: Exchange
    public var direction: Direction
    /// The slot of the edge that sends (up) or receives (down).
    public var slot: UInt32

    public init(term: UInt32, round: UInt32, step: UInt32, exchange: Exchange, direction: Direction, slot: UInt32) {
        self.term = term
        self.round = round
        self.step = step
        self.exchange = exchange
        self.direction = direction
        self.slot = slot
    }

    public var description: String {
        "term \(term) round \(round) step \(step) \(exchange) \(direction) worker-\(slot)"
    }
}

/// A file that a core leaves at a barrier: a generator, or a picture of what it makes.
public struct ArtifactKey: Codable, Hashable, Sendable, CustomStringConvertible {
    public var round: UInt32
    /// A file name: 1 to 64 of a-z, A-Z, 0-9, '-', '_' and '.', beginning with a letter or digit.
    public var name: String

    public init(round: UInt32, name: String) {
        self.round = round
        self.name = name
    }

    public var description: String { "\(name) of round \(round)" }
}

/// The small first frame of every message: all that the broker needs to check and route it.
public struct Envelope: Hashable, Sendable {
    /// Which kind of body follows.
    public enum Content: Hashable, Sendable {
        /// A `ControlMessage`, for the broker or from it.
        case control
        /// Tensors, which the broker passes on unopened.
        case bulk(ExchangeKey)
        /// From the core: a file's bytes, which the broker stores unopened.
        case artifact(ArtifactKey)
        /// From an operator, or to one. No state machine sees it: the shell answers.
        case `operator`
        /// A worker's key that is to be enrolled, or the answer. The shell answers here too.
        case enrolment
    }

    /// The protocol version the sender speaks.
    public var version: UInt32
    /// The run's number, 0 before one is known.
    public var run: UInt64
    /// The sender's slot and role; the broker checks it against what it bound to the connection. Nil before welcome.
    public var sender: MemberID?
    /// The sender's session; 0 before welcome.
    public var sessionEpoch: UInt32
    /// From the broker: how many more bulk messages the receiver may have under way.
    public var credits: UInt32
    public var content: Content

    public init(
        version: UInt32 = ProtocolVersion.highest, run: UInt64 = 0, sender: MemberID? = nil,
        sessionEpoch: UInt32 = 0, credits: UInt32 = 0, content: Content
    ) {
        self.version = version
        self.run = run
        self.sender = sender
        self.sessionEpoch = sessionEpoch
        self.credits = credits
        self.content = content
    }
}
