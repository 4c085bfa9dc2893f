import OxbowProtocol

/// What must hold in every run, whatever happens to it. The text is what a failing seed says.
public enum Invariant: String, CaseIterable, Sendable {
    case messagesBalance = "Of bulk messages the broker forwarded or refused as many as it received."
    case creditsBalance = "What counts as under way for a member is what it has in the broker of this term."
    case memoryIsBounded = "Of this term no more is in the broker than its members' credits allow."
    case termsRise = "Terms rise, over all lives of a broker, and no member knows a later one than its broker."
    case ordersRise = "Orders rise by term, round, step, half and barrier, over all lives of a broker."
    case oneSession = "A member has one session: no connection has two owners, no session two processes."
    case journalIsLegal = "Each record of the journal may follow those before it."
    case halvesAreAnswered = "A half is committed once each member's last message and the answer to it have passed."
    case barriersAreSaved = "A barrier is committed once all its members have it on their disks, as they said."
    case barriersStay = "A barrier that a strict run commits again has the same digests."
    case someBarrierIsKept =
        "Disks hold a committed barrier to return to: all in a strict run, the core's and an edge's in an elastic one."
    case returnsAreNeeded = "A fleet returns to an older barrier only if somebody it waits for has not kept the newer one."
    case stallsAreAttributed = "A run under way names whom or what it waits for."
    case scoresAreOfCommitted = "Scores that a broker takes are of a committed round that is scored."
    case rulesAreKept = "No performer is told to do what its state does not allow."
    case runsEnd = "A run ends within a while after the last fault."
}

/// Holds every invariant against the broker's and the members' machines, with books of its own.
struct Invariants {
    private(set) var broken: [String] = []
    private var rules: JournalRules
    private let servesOneRun: Bool
    private var lastOrder = OrderPosition()
    private var lastTerm: UInt32 = 0
    /// Processes by the session that they were welcomed to.
    private var sessions: [MemberID: [UInt32: Owner]] = [:]
    /// Bulk messages that passed since the last commit.
    private var passed: Set<ExchangeKey> = []
    private var members: [UInt32] = []
    /// The last barriers that were committed.
    private var committed: [UInt32: [MemberDigest]] = [:]

    private struct Owner: Hashable {
        var process: Int
        var life: UInt64
    }

    init(servesOneRun: Bool) {
        self.servesOneRun = servesOneRun
        rules = JournalRules(servesOneRun: servesOneRun)
    }

    private mutating func fail(_ invariant: Invariant, _ detail: String) { broken.append("\(invariant.rawValue) \(detail)") }

    // MARK: After every event

    mutating func check(_ simulation: FleetSimulation, isTick: Bool) {
        let counters = simulation.broker.counters
        if counters.received != counters.forwarded + counters.refused {
            fail(
                .messagesBalance,
                "\(counters.received) were received, \(counters.forwarded) forwarded, \(counters.refused) refused.")
        }
        // Nothing else changes them, and most of the time would go there.
        if simulation.brokerHandled, simulation.brokerIsUp, simulation.blocked == nil { checkSessions(simulation) }
        simulation.brokerHandled = false
        guard isTick else { return }
        for process in simulation.members {
            if let fault = process.faults().first { fail(.rulesAreKept, fault) }
        }
        checkKept(simulation)
        checkLiveness(simulation)
    }

    private mutating func checkSessions(_ simulation: FleetSimulation) {
        let term = simulation.broker.currentTerm
        if term < lastTerm { fail(.termsRise, "\(term) follows \(lastTerm).") }
        lastTerm = term
        for process in simulation.members {
            guard let known = process.machine?.knownTerm, known > term else { continue }
            fail(.termsRise, "\(process.name) knows term \(known), the broker \(term).")
        }
        var connections: Set<ConnectionID> = []
        for session in simulation.broker.sessions {
            for connection in [session.control, session.bulk].compactMap({ $0 }) where !connections.insert(connection).inserted {
                fail(.oneSession, "Connection \(connection.number) has two owners, one is \(session.member).")
            }
            let credit = Credit(member: session.member, sessionEpoch: session.epoch, term: term)
            let held = simulation.underWay[credit] ?? 0
            if held != session.underWay {
                fail(.creditsBalance, "\(session.member) has \(held) in the broker, \(session.underWay) are counted.")
            }
            if held > session.credits { fail(.memoryIsBounded, "\(session.member) has \(held), it may have \(session.credits).") }
        }
    }

    private mutating func checkKept(_ simulation: FleetSimulation) {
        guard let run = simulation.active, simulation.outcome == nil, !committed.isEmpty else { return }
        // Who leaves an elastic run takes what it kept along.
        if run.membership == .elastic, simulation.leaves > 0 { return }
        let isKept = committed.values.contains { digests in
            let holders = digests.filter { holds($0, simulation) }.map(\.member)
            return run.membership == .strict
                ? holders.count == digests.count
                : holders.contains { $0.role == .core } && holders.contains { $0.role == .edge }
        }
        if !isKept { fail(.someBarrierIsKept, "Committed were \(committed.keys.sorted()).") }
    }

    private func holds(_ digest: MemberDigest, _ simulation: FleetSimulation) -> Bool {
        let round = committed.first { $0.value.contains(digest) }?.key ?? 0
        return simulation.members.contains { $0.member == digest.member && $0.disk[round] == digest.digest }
    }

    private mutating func checkLiveness(_ simulation: FleetSimulation) {
        guard simulation.outcome == nil, simulation.active != nil, simulation.brokerIsFree else { return }
        let awaited = simulation.broker.awaited()
        if awaited.isEmpty { fail(.stallsAreAttributed, "Nobody is named.") }
        if let calm = simulation.disturbedUntil, simulation.now > calm + simulation.settling {
            fail(.runsEnd, "\(simulation.now - calm) later it waits for \(awaited.joined(separator: ", ")).")
        }
    }

    // MARK: What happens

    mutating func welcomed(_ welcome: Welcome, process: Int, life: UInt64) {
        let owner = Owner(process: process, life: life)
        if let other = sessions[welcome.member]?[welcome.sessionEpoch], other != owner {
            fail(.oneSession, "\(welcome.member)'s session \(welcome.sessionEpoch) is that of two processes.")
        }
        sessions[welcome.member, default: [:]][welcome.sessionEpoch] = owner
    }

    mutating func forwarded(_ envelope: Envelope) {
        if case .bulk(let key) = envelope.content { passed.insert(key) }
    }

    mutating func ordered(_ order: StepControl) {
        let position = OrderPosition(order)
        if position <= lastOrder { fail(.ordersRise, "\(position) follows \(lastOrder).") }
        (lastOrder, members) = (position, order.members)
    }

    mutating func scored(_ member: MemberID, _ round: UInt32, _ simulation: FleetSimulation) {
        let isScored = simulation.active?.template.scores(after: round) == true
        if member.role == .core || !isScored || round > committed.keys.max() ?? 0 {
            fail(.scoresAreOfCommitted, "\(member) told some of round \(round).")
        }
    }

    mutating func returned(lacking: [MemberID], _ simulation: FleetSimulation) {
        guard let (round, digests) = committed.max(by: { $0.key < $1.key }) else { return }
        for digest in digests where lacking.contains(digest.member) && holds(digest, simulation) {
            fail(.returnsAreNeeded, "\(digest.member) has round \(round) on its disk.")
        }
    }

    mutating func recovered(_ records: [JournalRecord]) {
        rules = JournalRules(servesOneRun: servesOneRun)
        for record in records { _ = rules.fault(of: record) }
        passed = []
    }

    mutating func journaled(_ record: JournalRecord, _ simulation: FleetSimulation) {
        if let fault = rules.fault(of: record) { fail(.journalIsLegal, fault) }
        switch record {
        case .started, .plan: committed = [:]
        case .committed(let half): checkAnswered(half)
        case .barrier(let round, let digests): checkSaved(round, digests, simulation)
        default: break
        }
    }

    private mutating func checkAnswered(_ half: HalfStep) {
        let last: Exchange = half.half == .discriminator ? .discriminatorGradients : .generatorGradients
        for slot in members {
            for direction in Direction.allCases {
                let key = ExchangeKey(
                    term: lastOrder.term, round: half.round, step: half.step, exchange: last, direction: direction, slot: slot)
                if !passed.contains(key) { fail(.halvesAreAnswered, "\(half) is committed without \(key).") }
            }
        }
        passed = []
    }

    private mutating func checkSaved(_ round: UInt32, _ digests: [MemberDigest], _ simulation: FleetSimulation) {
        for digest in digests
        where !simulation.members.contains(where: { $0.member == digest.member && $0.disk[round] == digest.digest }) {
            fail(.barriersAreSaved, "\(digest.member) has no such state of round \(round).")
        }
        if Set(digests.map(\.member)) != Set(members.map { .edge($0) } + [.core()]) {
            fail(.barriersAreSaved, "Round \(round) is committed by \(digests.map(\.member)), \(members) take part.")
        }
        if simulation.active?.membership == .strict, let before = committed[round], before != digests {
            fail(.barriersStay, "Round \(round) has others now.")
        }
        committed[round] = digests
        committed = committed.filter { $0.key + 1 >= round && $0.key <= round }
        passed = []
    }
}
