import OxbowModel

/// A connection to the broker, numbered by the shell.
public struct ConnectionID: Hashable, Comparable, Sendable {
    public var number: UInt64
    public init(_ number: UInt64) { self.number = number }
    public static func < (a: ConnectionID, b: ConnectionID) -> Bool { a.number < b.number }
}

/// One bulk message that a member has under way, in one of its sessions and one term.
public struct Credit: Hashable, Sendable {
    public var member: MemberID
    public var sessionEpoch: UInt32
    public var term: UInt32

    public init(member: MemberID, sessionEpoch: UInt32, term: UInt32) {
        self.member = member
        self.sessionEpoch = sessionEpoch
        self.term = term
    }
}

/// What the broker's shell tells its state machine.
public enum BrokerEvent: Sendable {
    case received(ConnectionID, Envelope, Payload)
    /// A message that the wire refused.
    case malformed(ConnectionID, String)
    /// A forwarded message has left this process, or was given up: the sender's credit returns.
    case handedOver(Credit)
    /// The socket knows no such peer any more.
    case unreachable(ConnectionID)
    case tick
    /// End the run and let everybody go; the last committed barrier is its result.
    case stop(reason: String)
}

/// What the broker's state machine asks its shell to do, in order.
public enum BrokerDirective: Sendable {
    case send(ConnectionID, Envelope, ControlMessage)
    /// Pass a body on unopened, then report `.handedOver` with the credit.
    case forward(ConnectionID, Envelope, any BodyStorage, Credit)
    /// Bodies of terms before this one that still wait need not be sent.
    case dropBodies(before: UInt32)
    /// Nothing more is to be sent on this connection.
    case forget(ConnectionID)
    /// Write before performing what follows; `durable` records are synced to disk.
    case journal(JournalRecord, durable: Bool)
    case note(BrokerNote)
    /// The run is over.
    case end(RunOutcome)
}

/// A decision of the broker, written before it takes effect.
public enum JournalRecord: Codable, Hashable, Sendable {
    case enrolled(MemberID, workerID: String, tier: String, sessionEpoch: UInt32)
    case lost(MemberID, reason: String)
    case plan(Plan)
    case term(UInt32, members: [UInt32])
    case committed(HalfStep)
    case barrier(round: UInt32, digests: [MemberDigest])
    case ended(RunOutcome)
}

/// A member's digest of its state at a barrier.
public struct MemberDigest: Codable, Hashable, Sendable {
    public var member: MemberID
    public var digest: [UInt8]
    public init(member: MemberID, digest: [UInt8]) {
        self.member = member
        self.digest = digest
    }
}

/// How a run ended.
public enum RunOutcome: Codable, Hashable, Sendable {
    case finished
    case stopped(reason: String)
    case failed(message: String)
}

/// Bytes of bulk messages that the broker routed for a member.
public struct Traffic: Codable, Hashable, Sendable {
    public var up: UInt64 = 0
    public var down: UInt64 = 0
    public init() {}
}

/// Something that logs, reports and pages tell.
public enum BrokerNote: Codable, Hashable, Sendable {
    case joined(MemberID, workerID: String, tier: String, sessionEpoch: UInt32)
    case lost(MemberID, reason: String)
    case refused(ErrorCode, message: String)
    /// What the broker waits for, in words; empty when it no longer does.
    case waiting([String])
    /// From the shell, once a second: whom the work under way waits for.
    case awaiting([String])
    case planned(Plan)
    case ordered(StepControl)
    case committed(HalfStep)
    case metrics(MemberID, StepMetrics)
    case aggregation(AggregationReport)
    case barrier(round: UInt32, digests: [MemberDigest], traffic: [MemberID: Traffic])
    case ended(RunOutcome)
}

/// What the broker counts of bulk messages: received = forwarded + refused.
public struct RoutingCounters: Codable, Hashable, Sendable {
    public var received: UInt64 = 0
    public var forwarded: UInt64 = 0
    public var refused: UInt64 = 0
    public var forwardedBytes: UInt64 = 0
}
