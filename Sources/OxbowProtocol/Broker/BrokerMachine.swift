import OxbowModel
import OxbowScheduling

/// The broker without I/O: it enrols members, queues runs, orders steps, routes bodies it does not open, and commits.
public struct BrokerMachine: Sendable {
    let settings: BrokerSettings
    var members: [MemberID: Member] = [:]
    var bindings: [ConnectionID: Binding] = [:]
    /// Connections that said hello as somebody who has a session: they get it when they answer their welcome.
    var successors: [ConnectionID: MemberID] = [:]
    /// Connections whose worker has come back on another one, newest last.
    var superseded: [ConnectionID] = []
    /// Runs that wait for the active one to end.
    var queue: [RunSettings] = []
    var run: ActiveRun?
    /// Runs that ended, newest last.
    var ended: [FleetStatus.Run] = []
    /// Rises with each change of membership and each return to a barrier, over all runs.
    var term: UInt32 = 0
    var searches: UInt64 = 0
    var isEnded = false
    /// A recovered run is to be announced with the first event.
    var isRecovered = false
    public internal(set) var counters = RoutingCounters()
    var stalls = StallDetector()
    /// Of all who take no part in the run under way, together.
    var allowance: SessionAllowance
    var lastWaiting: [String] = []

    public init(_ settings: BrokerSettings) {
        self.settings = settings
        allowance = SessionAllowance(atOnce: settings.sessionsAtOnce, perSecond: settings.sessionsPerSecond)
    }

    /// One enrolled member; a place in the fleet outlives its sessions.
    struct Member: Sendable {
        var id: MemberID
        var workerID: String
        var tier: String
        var data: DataForm
        var capabilities: Capabilities
        var link = LinkQuality()
        /// Its process has measured it.
        var knowsLink = false
        /// The protocol version of its session.
        var version = ProtocolVersion.highest
        var sessionEpoch: UInt32 = 0
        /// The highest that was ever given out.
        var issuedEpoch: UInt32 = 0
        var successor: Successor?
        /// While it takes part in a run.
        var allowance = SessionAllowance(atOnce: 16, perSecond: 1)
        var nonce: UInt64 = 0
        var usedNonces: [UInt64] = []
        var control: ConnectionID?
        var bulk: ConnectionID?
        var lastHeard = Duration.zero
        /// As its last heartbeat said.
        var heartbeat: (busy: Bool, round: UInt32, step: UInt32) = (false, 0, 0)
        var savedRun: UInt64 = 0
        var savedBarriers: [UInt32] = []
        /// Bulk messages of this term accepted from it and not yet written out to their receiver.
        var underWay = 0
        /// Bytes that probes of this session were answered with.
        var probedBytes = 0
        /// It has loaded the state it was last told to.
        var isReady = false
        /// Why it is not in the run under way, as it was told.
        var standby: String?
        /// It said goodbye, and has not come back.
        var hasLeft = false

        var isComplete: Bool { control != nil && bulk != nil }
    }

    /// Who would take over a session that is in use. A hello may be of a process that is dead by now, and must not end the session of
    /// one that lives: only who answers takes over.
    struct Successor: Sendable {
        var hello: Hello
        var connection: ConnectionID
        var epoch: UInt32
        var since: Duration
    }

    struct Binding: Hashable, Sendable {
        var member: MemberID
        var lane: Lane
    }

    /// Advances the broker by one event.
    /// - Parameter now: time since any fixed origin; never goes back.
    public mutating func handle(_ event: BrokerEvent, at now: Duration) -> [BrokerDirective] {
        guard !isEnded else { return [] }
        var out: [BrokerDirective] = []
        announceRecovered(&out)
        switch event {
        case .received(let connection, let envelope, .control(let message)):
            receive(message, envelope, on: connection, now, &out)
        case .received(let connection, let envelope, .bulk(let body)):
            route(body, envelope, from: connection, now, &out)
        case .greeted(let connection, let hello, let admission): greet(hello, as: admission, on: connection, now, &out)
        case .misused(let connection, let what): refuse(connection, .notEnrolled, what, &out)
        case .revoked(let connection): revoke(connection, now, &out)
        case .malformed(let connection, let what): malformed(connection, what, now, &out)
        case .handedOver(let credit):
            // What an earlier session or term had under way is no longer counted.
            if let member = members[credit.member], member.sessionEpoch == credit.sessionEpoch, credit.term == term,
                member.underWay > 0
            {
                members[credit.member]?.underWay -= 1
            }
        case .unreachable(let connection): end(connection, "its connection is gone", now, &out)
        case .tick: tick(now, &out)
        case .submitted(let settings): submit(settings, now, &out)
        case .planned(let number, let result): planned(number, result, now, &out)
        case .stopRun(let id, let reason): stopRun(id, reason, now, &out)
        case .stop(let reason): stop(reason, now, &out)
        }
        // An order of a term that does not rise would be ignored by all.
        if term == .max { finish(.failed(message: Self.outOfTerms), now, &out) }
        if case .tick = event { noteWaiting(&out) } else if out.contains(where: \.changesFleet) { noteWaiting(&out) }
        return out
    }

    private static let outOfTerms =
        "Unable to go on: this broker's 2^32 terms are used up. Start it anew with another --state."

    private mutating func announceRecovered(_ out: inout [BrokerDirective]) {
        guard isRecovered else { return }
        isRecovered = false
        if let run { out.append(.note(.started(run: run.settings.id, membership: run.settings.membership))) }
    }

    private mutating func tick(_ now: Duration, _ out: inout [BrokerDirective]) {
        startNextRun(now, &out)  // one that waited when the broker before this one died
        expireLeases(now, &out)
        forgoLastBarrier(now, &out)
        sidelineTheLate(now, &out)
        forgoScores(now, &out)
        lookForStalls(now, &out)
    }

    private mutating func end(
        _ connection: ConnectionID, _ reason: String, _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        if let id = successors[connection] { dropSuccessor(of: id, &out) }
        if let binding = bindings[connection] { lose(binding.member, reason, now, &out) }
    }

    /// It cannot come back, so nobody waits for it.
    private mutating func revoke(_ connection: ConnectionID, _ now: Duration, _ out: inout [BrokerDirective]) {
        if let id = successors[connection] { dropSuccessor(of: id, &out) }
        guard let id = bindings[connection]?.member else { return }
        let reason = "its key was revoked"
        loseForGood(id, reason, as: .lost(id, reason: reason), now, &out)
    }

    private mutating func malformed(
        _ connection: ConnectionID, _ what: String, _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        refuse(connection, .malformed, "The message cannot be read: \(what).", &out)
        if let binding = bindings[connection] { lose(binding.member, "it sent a malformed message", now, &out) }
    }

    mutating func refuse(
        _ connection: ConnectionID, _ code: ErrorCode, _ message: String, _ out: inout [BrokerDirective]
    ) {
        out.append(.send(connection, envelope(nil), .error(code, message: message)))
        let who = bindings[connection].map { "\($0.member): " } ?? ""
        out.append(.note(.refused(code, message: who + message)))
    }

    func envelope(_ member: Member?) -> Envelope {
        Envelope(
            version: member?.version ?? settings.versions.upperBound, run: run?.plan?.run ?? 0,
            sessionEpoch: member?.sessionEpoch ?? 0,
            credits: UInt32(max(0, credits(member?.id) - (member?.underWay ?? 0))), content: .control)
    }

    mutating func send(_ message: ControlMessage, to member: MemberID, _ out: inout [BrokerDirective]) {
        guard let record = members[member], let connection = record.control else { return }
        out.append(.send(connection, envelope(record), message))
    }

    /// How many bulk messages a member may have under way: an edge has one exchange open, a core answers every edge.
    func credits(_ member: MemberID?) -> Int {
        guard member?.role == .core else { return 2 }
        return 2 * max(1, run?.plan?.assignments.count ?? 1, run?.active.count ?? 1)
    }

    /// Whether a member's session is bound to the connection, or would be.
    public func knows(_ connection: ConnectionID) -> Bool { bindings[connection] != nil || successors[connection] != nil }

    /// Slots of all edges that were ever here, and by whom they were taken.
    public var slots: [UInt32: String] {
        Dictionary(members.values.filter { $0.id.role == .edge }.map { ($0.id.slot, $0.workerID) }) { first, _ in first }
    }

    /// How long a silent member keeps its session.
    public var lease: Duration { settings.lease }

    /// The plan of the run under way, once there is one.
    public var plan: Plan? { run?.plan }

    /// Everybody in a fixed order: edges by slot, then cores.
    var enrolled: [Member] { members.values.sorted { $0.id < $1.id } }
}
