import OxbowModel
import OxbowScheduling

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
    /// A hello over a connection with a key, and what that is enrolled as. Without keys hellos are `received`.
    case greeted(ConnectionID, Hello, Admission)
    /// A message that the connection's key may not send.
    case misused(ConnectionID, String)
    /// The connection's key is enrolled no more.
    case revoked(ConnectionID)
    /// A message that the wire refused.
    case malformed(ConnectionID, String)
    /// A forwarded message has left this process, or was given up: the sender's credit returns.
    case handedOver(Credit)
    /// The socket knows no such peer any more.
    case unreachable(ConnectionID)
    case tick
    /// A run for the queue.
    case submitted(RunSettings)
    /// The answer to `.plan` with this number.
    case planned(UInt64, Result<CutPlan, PlanningError>)
    /// An operator ends a run, queued or active; twice is no more than once.
    case stopRun(id: String, reason: String)
    /// End the run under way and let everybody go; the last committed barrier is its result.
    case stop(reason: String)
}

/// What the broker's state machine asks its shell to do, in order.
public enum BrokerDirective: Sendable {
    case send(ConnectionID, Envelope, ControlMessage)
    /// Pass a body on unopened, then report `.handedOver` with the credit.
    case forward(ConnectionID, Envelope, any BodyStorage, Credit)
    /// For those who watch: nothing is to be done.
    case routed(RoutedMessage)
    /// Bodies of terms before this one that still wait need not be sent, but for these answers.
    case dropBodies(before: UInt32, sparing: CommittedAnswers?)
    /// Search cuts, without holding anything up, then report `.planned` with this number.
    case plan(UInt64, PlanningRequest, any Planner)
    /// Keep a file of the run, unopened.
    case store(run: String, ArtifactKey, any BodyStorage)
    /// Nothing more is to be sent on this connection.
    case forget(ConnectionID)
    /// Write before performing what follows; `durable` records are synced to disk.
    case journal(JournalRecord, durable: Bool)
    case note(BrokerNote)
    /// The broker's work is over: it served one run, or was stopped.
    case end(RunOutcome)
}

extension BrokerDirective {
    /// Whether something happened that whom the broker waits for can depend on. It looks through the whole fleet for that, which
    /// the messages of strangers, and everybody's heartbeats, must not cost it.
    var changesFleet: Bool {
        switch self {
        case .send, .forward, .routed, .note(.refused): false
        default: true
        }
    }
}

/// The core's answers in the last exchange of a half that is committed: whoever has not got its own still needs it, whatever
/// happened since.
public struct CommittedAnswers: Hashable, Sendable {
    public var round: UInt32
    public var step: UInt32
    public var exchange: Exchange

    public func contains(_ key: ExchangeKey) -> Bool {
        key.direction == .down && key.round == round && key.step == step && key.exchange == exchange
    }
}

/// A decision of the broker, written before it takes effect.
public enum JournalRecord: Codable, Hashable, Sendable {
    case queued(run: String)
    /// Taken out of the queue before its turn.
    case withdrawn(run: String)
    case started(run: String)
    case enrolled(MemberID, workerID: String, tier: String, sessionEpoch: UInt32)
    case lost(MemberID, reason: String)
    case sidelined(MemberID, reason: String)
    case plan(Plan)
    case amended(round: UInt32, [Assignment])
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
    /// No plan suits its fleet.
    case infeasible(message: String)
}

/// Bytes of bulk messages that the broker routed for a member.
public struct Traffic: Codable, Hashable, Sendable {
    public var up: UInt64 = 0
    public var down: UInt64 = 0
    public init() {}
}

/// Something that logs, reports and pages tell.
public enum BrokerNote: Codable, Hashable, Sendable {
    /// A run is the active one from here on; what follows is of it, until it ended.
    case started(run: String, membership: Membership)
    case joined(MemberID, workerID: String, tier: String, sessionEpoch: UInt32)
    case lost(MemberID, reason: String)
    /// It left on its own wish, at the end of a step.
    case left(MemberID, reason: String)
    /// Too slow: it sits out until a later barrier, and keeps its session.
    case sidelined(MemberID, reason: String)
    /// Connected, but not in the run, and why.
    case standby(MemberID, reason: String)
    /// It cannot write its state of this barrier, and tries again; the barrier waits for it.
    case saveFailed(MemberID, round: UInt32, reason: String)
    case refused(ErrorCode, message: String)
    /// What the broker waits for, in words; empty when it no longer does.
    case waiting([String])
    /// From the shell, once a second: whom the work under way waits for.
    case awaiting([String])
    /// Nothing has moved for a while.
    case stalled(Stall)
    /// It does again.
    case moving(afterSeconds: Double)
    case planned(Plan)
    /// Its generators will not be scored, since these speak a protocol version without scores.
    case unscored([MemberID])
    /// All load the state of this barrier; these have no newer one that counts, so that rounds are done again.
    case returned(barrier: UInt32, lacking: [MemberID])
    /// What a search of cuts said of the plan that was made or amended; nil where no cost model was asked.
    case scheduled(planner: String, PlanCost?)
    /// In force once the barrier of this round is committed.
    case amended(round: UInt32, [Assignment])
    /// Times of a round: how long each member took to answer, and the core.
    case timings(round: UInt32, [ExchangeTimes])
    /// What the cost model expects of the times after the barrier of this round, and of a whole step.
    case modelled(round: UInt32, [ExchangeTimes], stepSeconds: Double)
    /// What a worker's answer may take from here on, by tier.
    case deadlines(round: UInt32, [TierDeadline])
    case ordered(StepControl)
    case committed(HalfStep)
    case metrics(MemberID, StepMetrics)
    case aggregation(AggregationReport)
    /// What a worker's judge says of its generator after this round; nil: the worker has no scores.
    case scores(MemberID, round: UInt32, GeneratorScores?)
    case barrier(round: UInt32, digests: [MemberDigest], traffic: [MemberID: Traffic])
    case ended(RunOutcome)
}

/// How long a member took in one exchange of a round's steps: an edge from when it could begin to its message, a core from
/// the last message that it needed to its first answer.
public struct ExchangeTimes: Codable, Hashable, Sendable {
    public var member: MemberID
    public var exchange: UInt8
    public var count: UInt32
    public var medianSeconds: Double

    public init(member: MemberID, exchange: UInt8, count: UInt32, medianSeconds: Double) {
        self.member = member
        self.exchange = exchange
        self.count = count
        self.medianSeconds = medianSeconds
    }
}

/// A deadline that was learnt from the times of a tier's workers.
public struct TierDeadline: Codable, Hashable, Sendable {
    public var tier: String
    public var exchange: UInt8
    public var medianSeconds: Double
    /// Median absolute deviation.
    public var spreadSeconds: Double
    public var deadlineSeconds: Double

    public init(
        tier: String, exchange: UInt8, medianSeconds: Double, spreadSeconds: Double, deadlineSeconds: Double
    ) {
        self.tier = tier
        self.exchange = exchange
        self.medianSeconds = medianSeconds
        self.spreadSeconds = spreadSeconds
        self.deadlineSeconds = deadlineSeconds
    }
}

/// What the broker counts of bulk messages: received = forwarded + refused, and forwarded = delivered + dropped + those that
/// are under way.
public struct RoutingCounters: Codable, Hashable, Sendable {
    public var received: UInt64 = 0
    public var forwarded: UInt64 = 0
    public var refused: UInt64 = 0
    /// Left the broker for their receiver.
    public var delivered: UInt64 = 0
    /// Given up: their receiver was gone, or their term was over.
    public var dropped: UInt64 = 0
    public var forwardedBytes: UInt64 = 0

    public init() {}

    /// Not delivered yet, and not given up. With nobody to write bodies out, as in a simulation, all that were forwarded.
    public var underWay: UInt64 { forwarded &- delivered &- dropped }
}
