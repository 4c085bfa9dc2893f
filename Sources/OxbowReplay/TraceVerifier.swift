import OxbowFleet
import OxbowProtocol
import OxbowTrace
import OxbowWire

/// Computes a recorded run again and compares every body (docs/replay.md). Used by one thread at a time.
///
/// The traces of one run are verified in their order, over the same states.
public final class TraceVerifier {
    /// Gives what performs a member's tasks; bodies must be `ByteBody`s. Called for each session that is given a plan.
    public typealias MakePerformer = (MemberID, Hello, any StateStore) throws -> any TaskPerformer

    public private(set) var counts = VerifiedCounts()
    /// Of the last committed barrier; empty before one.
    public private(set) var stateHash = ""
    private let makePerformer: MakePerformer
    private var stores: [MemberID: MemoryStateStore] = [:]
    private var words: [MemberID: MemberWords] = [:]
    private var barriers: Set<UInt32> = []
    var trace = TraceUnderWay()

    public init(makePerformer: @escaping MakePerformer) { self.makePerformer = makePerformer }

    /// What belongs to one trace: its sessions ended with its broker.
    struct TraceUnderWay {
        var path = ""
        var start: UInt64 = 0
        var greetings = Greetings()
        /// Welcomes of sessions that were given no plan yet, by epoch.
        var welcomes: [MemberID: [UInt32: (Welcome, TraceMessage)]] = [:]
        var sessions: [MemberID: MemberSession] = [:]
        var bodies = ComputedBodies()
        /// By key, since a barrier may be repeated; with the round in which they are forgotten.
        var artifacts: [ArtifactKey: [BodyFacts]] = [:]
        /// Received bodies that were not computed here: they count once the broker acted on them.
        var suspects: [ExchangeKey: Suspect] = [:]
        /// The newest term of each member's plans and orders.
        var terms: [MemberID: UInt32] = [:]
    }

    struct Suspect {
        var entry: TraceReader.Entry
        /// How many orders there had been.
        var order: Int
    }

    /// Verifies one trace to its end.
    /// - Parameter progress: told of each record before it is looked at.
    /// - Returns: the first difference; nil if there is none.
    /// - Throws: `ReplayError` if the trace starts from what was not computed here; `TraceError` if it was changed; what
    ///   `MakePerformer` throws.
    public func verify(
        _ reader: TraceReader, progress: (TraceReader.Entry) -> Void = { _ in }
    ) throws -> TraceDifference? {
        trace = TraceUnderWay()
        trace.path = reader.path
        for member in words.keys { words[member]?.beginSession() }
        for entry in reader {
            progress(entry)
            if entry.number == 0 { trace.start = entry.record.time_ns }
            if let difference = try take(entry) { return difference }
        }
        try reader.checkIntegrity()
        return leftover()
    }

    private func take(_ entry: TraceReader.Entry) throws -> TraceDifference? {
        switch entry.record.content {
        case .message(let message): try take(message, entry)
        case .decision: barrier(entry)
        case .end(let end) where end.stateHash != stateHash && !end.stateHash.isEmpty:
            difference(entry, "state hash", recorded: end.stateHash, computed: stateHash.isEmpty ? nil : stateHash)
        case .end, .header, .note: nil
        }
    }

    private func take(_ message: TraceMessage, _ entry: TraceReader.Entry) throws -> TraceDifference? {
        switch (message.direction, message.envelope.content) {
        case (.received, .bulk(let key)): received(key, message, entry)
        case (.sent, .bulk(let key)): try passed(key, message, entry)
        case (.received, .artifact(let key)): received(key, message, entry)
        case (_, .control): try control(message, entry)
        case (.sent, .artifact), (_, .operator), (_, .enrolment): nil
        }
    }

    // MARK: Bodies

    private func received(_ key: ExchangeKey, _ message: TraceMessage, _ entry: TraceReader.Entry) -> TraceDifference? {
        let facts = BodyFacts(message)
        if trace.bodies.facts(key) == facts {
            if trace.bodies.count(key) { count(facts) }
        } else if trace.bodies.isPassed(key) {
            return void()
        } else if trace.suspects[key] == nil {
            trace.suspects[key] = Suspect(entry: entry, order: trace.bodies.order)
        }
        return nil
    }

    /// What was passed on had an effect: it must be what was computed here, which its receiver gets.
    private func passed(
        _ key: ExchangeKey, _ message: TraceMessage, _ entry: TraceReader.Entry
    ) throws -> TraceDifference? {
        guard trace.bodies.facts(key) == BodyFacts(message) else { return difference(key, entry) }
        let receiver: MemberID = key.direction == .up ? .core() : .edge(key.slot)
        guard let body = trace.bodies.pass(key) else { return nil }
        if let suspect = trace.suspects.removeValue(forKey: key) {
            // Nothing else came that could have been passed on.
            if trace.bodies.count(key) { return difference(key, suspect.entry) }
            counts.void += 1
        }
        hand(.bulk, message.envelope, .bulk(body), to: receiver)
        return nil
    }

    private func received(_ key: ArtifactKey, _ message: TraceMessage, _ entry: TraceReader.Entry) -> TraceDifference? {
        let facts = BodyFacts(message)
        if trace.artifacts[key]?.contains(facts) == true {
            count(facts)
            return nil
        }
        guard let sender = message.envelope.sender, isCurrent(message, sender) else { return void() }
        var difference = difference(
            entry, key.name, recorded: facts.words, computed: trace.artifacts[key]?.last?.words ?? failure(sender))
        (difference.member, difference.round) = (sender.description, key.round)
        return difference
    }

    private func count(_ facts: BodyFacts) {
        counts.bodies += 1
        counts.bytes += facts.byteCount
    }

    // MARK: Control messages

    private func control(_ message: TraceMessage, _ entry: TraceReader.Entry) throws -> TraceDifference? {
        // Strangers may send anything.
        guard let control = try? message.control() else { return nil }
        trace.greetings.take(message, control)
        guard message.direction == .sent else { return said(control, message, entry) }
        switch control {
        case .welcome(let welcome): welcomed(welcome, message)
        case .plan(let plan, let barrier, let term):
            guard let member = message.member else { return nil }
            try begin(member, message.envelope.sessionEpoch, plan, barrier)
            trace.terms[member] = term
            hand(.control, message.envelope, .control(control), to: member)
        case .stepControl(let order):
            guard let member = message.member else { return nil }
            trace.bodies.ordered(order)
            trace.terms[member] = max(order.term, trace.terms[member] ?? 0)
            if case .barrier(let round) = order.commit { committed(round) }
            hand(.control, message.envelope, .control(control), to: member)
        default: break
        }
        return nil
    }

    private func said(
        _ control: ControlMessage, _ message: TraceMessage, _ entry: TraceReader.Entry
    ) -> TraceDifference? {
        guard let what = Self.comparedName(control), let sender = message.envelope.sender else { return nil }
        guard let mismatch = words[sender, default: MemberWords()].mismatch(control) else {
            counts.words += 1
            return nil
        }
        guard isCurrent(message, sender), trace.sessions[sender]?.connection == message.connection else { return void() }
        var difference = difference(
            entry, what, recorded: mismatch.recorded, computed: mismatch.computed ?? failure(sender))
        (difference.member, difference.round, difference.step) = (sender.description, mismatch.round, mismatch.step)
        return difference
    }

    private static func comparedName(_ control: ControlMessage) -> String? {
        switch control {
        case .ready: "ready"
        case .barrierSaved: "barrier saved"
        case .metrics: "metrics"
        case .aggregation: "aggregation"
        default: nil
        }
    }

    /// A session is only proposed by its welcome: the one before goes on until the new one is given a plan, or for good.
    private func welcomed(_ welcome: Welcome, _ message: TraceMessage) {
        guard trace.sessions[welcome.member]?.epoch != welcome.sessionEpoch else { return }
        trace.welcomes[welcome.member, default: [:]][welcome.sessionEpoch] = (welcome, message)
    }

    /// A plan: its member loads a barrier, which must have been computed here.
    private func begin(_ member: MemberID, _ epoch: UInt32, _ plan: Plan, _ barrier: UInt32) throws {
        let store = stores[member] ?? MemoryStateStore()
        stores[member] = store
        if barrier > 0, store.saved.run != plan.run || !store.saved.barriers.contains(barrier) {
            throw ReplayError(
                .incomplete,
                "Unable to verify '\(trace.path)': \(member) starts from barrier \(barrier), which the traces before it do not "
                    + "reach. Verify the run from its first trace; if one is torn, what follows it cannot be computed again.")
        }
        // Its decision may be what a broker that was killed did not write out any more.
        if barrier > 0 { committed(barrier) }
        guard let (welcome, message) = trace.welcomes[member]?[epoch] else { return }
        trace.welcomes[member] = trace.welcomes[member]?.filter { $0.key > epoch }
        words[member]?.beginSession()
        let hello = try trace.greetings.hello(of: member, trace.path)
        guard hello.role == member.role else {
            throw ReplayError(
                .incomplete,
                "Unable to verify '\(trace.path)': \(member) said hello in another role, which no broker accepts. Use the trace as "
                    + "it was recorded.")
        }
        trace.sessions[member] = MemberSession(
            hello, welcome, message.envelope, connection: message.connection, saved: store.saved,
            performer: try makePerformer(member, hello, store))
    }

    private func hand(_ lane: Lane, _ envelope: Envelope, _ payload: Payload, to member: MemberID) {
        for output in trace.sessions[member]?.take(lane, envelope, payload) ?? [] {
            switch output {
            case .bulk(let key, let body): trace.bodies.add(key, body)
            case .artifact(let key, let body):
                trace.artifacts = trace.artifacts.filter { $0.key.round + 1 >= key.round }
                let facts = BodyFacts(byteCount: UInt64(body.byteCount), hash: body.withBytes { TraceHash($0).bytes })
                trace.artifacts[key, default: []].append(facts)
            case .control(let message): words[member, default: MemberWords()].add(message)
            }
        }
        counts.mostHeldBytes = max(counts.mostHeldBytes, trace.bodies.heldBytes)
    }

    // MARK: Barriers

    private func barrier(_ entry: TraceReader.Entry) -> TraceDifference? {
        guard case .barrier(let round, let digests)? = entry.record.decision else { return nil }
        for digest in digests where words[digest.member]?.hasSaved(round, digest.digest) != true {
            var difference = difference(
                entry, "barrier", recorded: "state \(digest.digest.hexadecimal)", computed: failure(digest.member))
            (difference.member, difference.round) = (digest.member.description, round)
            return difference
        }
        stateHash = StateDigest.stateHash(digests)
        committed(round)
        return nil
    }

    private func committed(_ round: UInt32) {
        barriers.insert(round)
        counts.barriers = barriers.count
    }

    // MARK: Differences

    private func isCurrent(_ message: TraceMessage, _ sender: MemberID) -> Bool {
        trace.sessions[sender]?.epoch == message.envelope.sessionEpoch
    }

    private func void() -> TraceDifference? {
        counts.void += 1
        return nil
    }

    private func failure(_ member: MemberID) -> String? { trace.sessions[member]?.failure.map { "nothing: \($0)" } }

    private func difference(
        _ entry: TraceReader.Entry, _ what: String, recorded: String, computed: String?
    ) -> TraceDifference {
        TraceDifference(entry, in: trace.path, from: trace.start, what: what, recorded: recorded, computed: computed)
    }

    /// A body that was passed on differs: of what differs in this term, the first that the broker received.
    private func difference(_ passed: ExchangeKey, _ entry: TraceReader.Entry) -> TraceDifference {
        let first = trace.suspects.filter { $0.key.term == passed.term }
            .min { $0.value.entry.number < $1.value.entry.number }
        let (key, entry) = first.map { ($0.key, $0.value.entry) } ?? (passed, entry)
        var difference = difference(
            entry, "exchange \(key.exchange.rawValue) \(key.direction)",
            recorded: entry.record.message.map { BodyFacts($0).words } ?? "",
            computed: trace.bodies.facts(key)?.words ?? failure(key.direction == .up ? .edge(key.slot) : .core()))
        difference.place(key)
        return difference
    }

    /// At the end of a trace: bodies that differ and were not passed on any more. Those of members that were there until then
    /// would have been.
    private func leftover() -> TraceDifference? {
        let current = trace.suspects.filter { key, suspect in
            guard let message = suspect.entry.record.message, let sender = message.envelope.sender else { return false }
            return isCurrent(message, sender) && key.term >= trace.terms[sender] ?? 0 && trace.bodies.isUnderWay(suspect.order)
        }
        counts.void += trace.suspects.count - current.count
        return current.min { $0.value.entry.number < $1.value.entry.number }.map { difference($0.key, $0.value.entry) }
    }
}
