import OxbowModel

/// The broker without I/O: it enrols members, orders steps, routes bodies it does not open, and commits.
public struct BrokerMachine: Sendable {
    let settings: BrokerSettings
    var members: [MemberID: Member] = [:]
    var bindings: [ConnectionID: Binding] = [:]
    /// Connections whose worker has come back on another one, newest last.
    var superseded: [ConnectionID] = []
    var phase = Phase.gathering
    /// The plan once everybody was there.
    public internal(set) var plan: Plan?
    var term: UInt32 = 0
    /// The last committed barrier; 0 is the initial state.
    public internal(set) var lastBarrier: UInt32 = 0
    /// Slots that take part, rising.
    var active: [UInt32] = []
    /// Those of them that enter at the barrier under way and have nothing to contribute to it.
    var newcomers: Set<UInt32> = []
    /// The digests of the last two committed barriers: a state that says otherwise is of a barrier that was repeated.
    var digests: [UInt32: [MemberID: [UInt8]]] = [:]
    /// Bulk messages of the order under way that were routed.
    var routed: Set<ExchangeKey> = []
    var traffic: [MemberID: Traffic] = [:]
    public internal(set) var counters = RoutingCounters()
    var lastWaiting: [String] = []

    public init(_ settings: BrokerSettings) {
        self.settings = settings
    }

    /// One enrolled member; a place in the fleet outlives its sessions.
    struct Member: Sendable {
        var id: MemberID
        var workerID: String
        var tier: String
        var data: DataForm
        var capabilities: Capabilities
        var sessionEpoch: UInt32 = 0
        var nonce: UInt64 = 0
        var usedNonces: [UInt64] = []
        var control: ConnectionID?
        var bulk: ConnectionID?
        var lastHeard = Duration.zero
        var savedRun: UInt64 = 0
        var savedBarriers: [UInt32] = []
        /// Bulk messages of this term accepted from it and not yet written out to their receiver.
        var underWay = 0
        /// It has loaded the state it was last told to.
        var isReady = false

        var isComplete: Bool { control != nil && bulk != nil }
    }

    struct Binding: Hashable, Sendable {
        var member: MemberID
        var lane: Lane
    }

    enum Phase: Hashable, Sendable {
        /// Members are missing.
        case gathering
        /// All load the state of a barrier.
        case loading(barrier: UInt32)
        /// An order is being carried out; at a barrier, these have saved.
        case running(StepControl, saved: [MemberID: [UInt8]])
        case ended
    }

    /// Advances the broker by one event.
    /// - Parameter now: time since any fixed origin; never goes back.
    public mutating func handle(_ event: BrokerEvent, at now: Duration) -> [BrokerDirective] {
        guard phase != .ended else { return [] }
        var out: [BrokerDirective] = []
        switch event {
        case .received(let connection, let envelope, .control(let message)):
            receive(message, envelope, on: connection, now, &out)
        case .received(let connection, let envelope, .bulk(let body)):
            route(body, envelope, from: connection, now, &out)
        case .malformed(let connection, let what): malformed(connection, what, &out)
        case .handedOver(let credit):
            // What an earlier session or term had under way is no longer counted.
            if members[credit.member]?.sessionEpoch == credit.sessionEpoch, credit.term == term {
                members[credit.member]?.underWay -= 1
            }
        case .unreachable(let connection):
            if let binding = bindings[connection] { lose(binding.member, "its connection is gone", &out) }
        case .tick: expireLeases(now, &out)
        case .submitted, .planned, .stopRun: break
        case .stop(let reason): finish(.stopped(reason: reason), &out)
        }
        noteWaiting(&out)
        return out
    }

    private mutating func malformed(_ connection: ConnectionID, _ what: String, _ out: inout [BrokerDirective]) {
        refuse(connection, .malformed, "The message cannot be read: \(what).", &out)
        if let binding = bindings[connection] { lose(binding.member, "it sent a malformed message", &out) }
    }

    mutating func refuse(
        _ connection: ConnectionID, _ code: ErrorCode, _ message: String, _ out: inout [BrokerDirective]
    ) {
        out.append(.send(connection, envelope(nil), .error(code, message: message)))
        out.append(.note(.refused(code, message: message)))
    }

    func envelope(_ member: Member?) -> Envelope {
        Envelope(
            run: plan?.run ?? 0, sessionEpoch: member?.sessionEpoch ?? 0,
            credits: UInt32(max(0, credits(member?.id) - (member?.underWay ?? 0))), content: .control)
    }

    mutating func send(_ message: ControlMessage, to member: MemberID, _ out: inout [BrokerDirective]) {
        guard let record = members[member], let connection = record.control else { return }
        out.append(.send(connection, envelope(record), message))
    }

    /// How many bulk messages a member may have under way: an edge has one exchange open, a core answers every edge.
    func credits(_ member: MemberID?) -> Int {
        member?.role == .core ? 2 * max(1, settings.places.count) : 2
    }

    /// Whether a member's session is bound to the connection.
    public func knows(_ connection: ConnectionID) -> Bool { bindings[connection] != nil }

    // MARK: What is missing

    /// Everybody in a fixed order: edges by slot, then cores.
    var enrolled: [Member] { members.values.sorted { $0.id < $1.id } }

    func missing() -> [String] {
        var missing: [String] = []
        let present = members.values.filter(\.isComplete)
        for place in settings.places.sorted(by: { $0.slot < $1.slot })
        where !present.contains(where: { $0.id == .edge(place.slot) }) {
            missing.append("worker-\(place.slot) (tier \(place.tier))")
        }
        if !present.contains(where: { $0.id.role == .core }) { missing.append("a core") }
        return missing
    }

    /// Whom the run waits for now, in words.
    public func awaited() -> [String] {
        switch phase {
        case .gathering: missing()
        case .loading: enrolled.filter { $0.isComplete && !$0.isReady }.map { "\($0.id) to load its state" }
        case .running(let order, let saved): awaited(order, saved)
        case .ended: []
        }
    }

    private func awaited(_ order: StepControl, _ saved: [MemberID: [UInt8]]) -> [String] {
        if case .barrier = order.next {
            return participants.filter { saved[$0] == nil }.map(\.description)
        }
        guard let exchange = routed.map(\.exchange).max() else { return order.members.map { MemberID.edge($0).description } }
        let ups = Set(routed.filter { $0.exchange == exchange && $0.direction == .up }.map(\.slot))
        let late = order.members.filter { !ups.contains($0) }
        return late.isEmpty ? ["core-0"] : late.map { MemberID.edge($0).description }
    }

    private mutating func noteWaiting(_ out: inout [BrokerDirective]) {
        let waiting = phase == .gathering ? missing() : []
        guard waiting != lastWaiting else { return }
        lastWaiting = waiting
        out.append(.note(.waiting(waiting)))
    }

    /// The active edges and the core.
    var participants: [MemberID] { active.map { .edge($0) } + [.core()] }
}
