import OxbowModel

/// The protocol of an edge or a core, without I/O: events in, directives out.
///
/// Both roles run the same machine over different programs (`Program`): an edge waits for one answer, a core gathers
/// one message of every member.
public struct MemberMachine: Sendable {
    let identity: MemberIdentity
    var session: Session
    /// The run and the state it must be able to return to.
    var plan: Plan?
    var savedRun: UInt64
    var savedBarriers: [UInt32]
    var work: Work?
    /// The broker's last order, once the work before it is done or dropped.
    var pending: StepControl?
    var lastOrder = OrderPosition()
    /// The term of the plan in force in this session.
    var planTerm: UInt32 = 0
    /// The exchange that was gathered last; what is not after it is a duplicate.
    var horizon: ExchangeKey?
    /// Bulk messages that came before the order they belong to.
    var early: [ExchangeKey: any BodyStorage] = [:]
    var nextComputation: UInt64 = 1
    /// Computations whose results are still of interest.
    var awaited: [UInt64: Purpose] = [:]
    /// Computations under way, wanted or not: a member is busy while there is one.
    var outstanding = 0
    /// Its wish to leave, and until when it waits for that to be granted.
    var leaving: (reason: String, until: Duration)?
    /// The newest barrier whose generator was given away to be scored.
    var scored: (run: UInt64, round: UInt32) = (0, 0)
    /// Scores that came while there was no session.
    var untoldScores: RoundScores?
    var meter = LinkMeter()
    let versions: ClosedRange<UInt32>
    var ended = false

    /// - Parameters:
    ///   - nonce: drawn by the shell; makes this process's sessions distinguishable from another's.
    ///   - saved: the run and barriers of which this member has state on disk.
    ///   - versions: of the protocol, which it speaks.
    public init(
        _ identity: MemberIdentity, nonce: UInt64, savedRun: UInt64 = 0, savedBarriers: [UInt32] = [],
        patience: Duration = .seconds(10), versions: ClosedRange<UInt32> = ProtocolVersion.all
    ) {
        self.identity = identity
        self.versions = versions
        self.session = Session(nonce: nonce, patience: patience)
        self.savedRun = savedRun
        self.savedBarriers = savedBarriers
    }

    /// The connection to the broker, as far as it has come.
    struct Session: Sendable {
        var nonce: UInt64
        /// How long to wait for a welcome before trying anew.
        var patience: Duration
        var welcome: Welcome?
        var helloSent = Duration.zero
        var lastHeard = Duration.zero
        var lastHeartbeat = Duration.zero
    }

    /// The order being carried out.
    struct Work: Sendable {
        var order: StepControl
        var lines: [ProgramLine]
        var line = 0
        var gathered: [UInt32: any BodyStorage] = [:]
        var computing = false
        /// A later order commits this work: finish it before anything else.
        var mustFinish = false
        /// Its state could not be written; when that is tried again.
        var retry: SaveRetry?
    }

    /// A disk that is full is no error of the run: somebody makes room, and saving is tried again, less and less often.
    struct SaveRetry: Sendable {
        var round: UInt32
        var pause: Duration
        /// nil while it is being tried.
        var next: Duration?

        static let pauses = Duration.seconds(5)...Duration.seconds(60)
    }

    /// Why a computation was ordered.
    enum Purpose: Hashable, Sendable {
        case load(barrier: UInt32)
        case line
        case save(round: UInt32)
        case silent
    }

    /// Advances the machine by one event.
    /// - Parameter now: time since any fixed origin; never goes back.
    public mutating func handle(_ event: MemberEvent, at now: Duration) -> [MemberDirective] {
        guard !ended else { return [] }
        var out: [MemberDirective] = []
        switch event {
        case .started: sayHello(now, &out)
        case .received(let lane, let envelope, let payload): receive(lane, envelope, payload, now, &out)
        case .computed(let id, let result): computed(id, result, &out)
        case .computeFailed(let id, let message): computeFailed(id, message, now, &out)
        case .scored(let scores): takeScores(scores, &out)
        case .tick: tick(now, &out)
        case .stop(let reason): leave(reason, now, &out)
        }
        return out
    }

    /// The half or barrier under way, for heartbeats and logs.
    public var position: (round: UInt32, step: UInt32) {
        switch work?.order.next {
        case .half(let half, _): (half.round, half.step)
        case .barrier(let round): (round, plan?.stepsPerRound ?? 0)
        default: (0, 0)
        }
    }

    public var member: MemberID? { session.welcome?.member }
    /// Whether the broker welcomed it and was heard of within the lease.
    public var isInSession: Bool { session.welcome != nil && !ended }
    public var isBusy: Bool { outstanding > 0 }

    mutating func end(_ how: MemberEnd, _ out: inout [MemberDirective]) {
        ended = true
        out.append(.end(how))
    }

    mutating func compute(
        _ task: MemberTask, _ inputs: [any BodyStorage] = [], for purpose: Purpose, _ out: inout [MemberDirective]
    ) {
        let id = nextComputation
        nextComputation += 1
        outstanding += 1
        awaited[id] = purpose
        out.append(.compute(id, task, inputs: inputs))
    }

    /// Forgets what earlier computations were for: their results come, and are dropped. A state that is being loaded
    /// stays of interest: nothing can go on without it.
    mutating func forgetComputations() {
        awaited = awaited.filter { if case .load = $0.value { true } else { false } }
    }
}
