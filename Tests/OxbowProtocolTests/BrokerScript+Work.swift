import OxbowModel
import OxbowScheduling

@testable import OxbowProtocol

// Members that do what they are told, a whole order at a time.
extension BrokerScript {
    static let strict = BrokerSettings(servesOneRun: true)
    static let fleet = BrokerSettings()

    static func settings(
        _ id: String = "run", _ membership: Membership = .elastic, demands: [Demand] = [Demand(tier: "small", workers: 2)],
        quorum: Double = 0.1, patience: Double = 1, rounds: UInt32 = 2, steps: UInt32 = 2, number: UInt64 = 1,
        scheduling: Scheduling = Scheduling(), scoring: ScoringSettings? = nil
    ) -> RunSettings {
        var template = template
        (template.run, template.rounds, template.stepsPerRound, template.scoring) = (number, rounds, steps, scoring)
        return RunSettings(
            id: id, membership: membership, quorum: quorum, patience: patience, demands: demands, template: template,
            scheduling: scheduling)
    }

    /// A fleet with a core and these workers, all ready.
    static func fleet(_ names: [String], _ run: RunSettings, broker: BrokerSettings = Self.fleet) -> BrokerScript {
        var script = BrokerScript(broker, [run])
        for (index, name) in names.enumerated() { script.join(name, index: UInt64(index)) }
        script.join("core", .core, index: 90)
        script.readyAll()
        return script
    }

    var order: StepControl? { if case .running(let order, _)? = broker.run?.phase { order } else { nil } }

    @discardableResult
    mutating func say(_ message: ControlMessage, _ member: MemberID, lane: Lane = .control) -> [BrokerDirective] {
        guard let record = broker.members[member], let connection = lane == .control ? record.control : record.bulk else {
            return []
        }
        return tell(
            .received(
                connection, Envelope(run: 1, sender: member, sessionEpoch: record.sessionEpoch, content: .control),
                .control(message)))
    }

    /// Everybody who takes part has loaded.
    mutating func readyAll() {
        guard case .loading(let barrier)? = broker.run?.phase else { return }
        for member in broker.run?.participants ?? [] { say(.ready(barrier: barrier, digest: digest(member, barrier)), member) }
    }

    /// As if the state depended on the round and the owner only.
    func digest(_ member: MemberID, _ round: UInt32) -> [UInt8] { round == 0 ? [] : [UInt8(member.slot), UInt8(round)] }

    /// One message of the order under way, handed over at once.
    @discardableResult
    mutating func pass(_ exchange: Exchange, _ direction: Direction, slot: UInt32) -> [BrokerDirective] {
        let sender: MemberID = direction == .up ? .edge(slot) : .core()
        guard let order, let record = broker.members[sender], let connection = record.bulk else { return [] }
        let (round, step) = broker.run?.position ?? (0, 0)
        let key = ExchangeKey(
            term: order.term, round: round, step: step, exchange: exchange, direction: direction, slot: slot)
        let result = tell(
            .received(
                connection, Envelope(run: 1, sender: sender, sessionEpoch: record.sessionEpoch, content: .bulk(key)),
                .bulk(SizedBody())))
        for case .forward(_, _, _, let credit) in result { tell(.handedOver(credit)) }
        return result
    }

    /// One exchange: each edge's message after a time of its own, then the core's answers.
    mutating func exchange(_ exchange: Exchange, taking times: [UInt32: Duration] = [:]) {
        let (start, slots) = (now, order?.members ?? [])
        for slot in slots.sorted(by: { (times[$0] ?? .zero, $0) < (times[$1] ?? .zero, $1) }) {
            now = max(now, start + (times[slot] ?? .zero))
            pass(exchange, .up, slot: slot)
        }
        for slot in slots { pass(exchange, .down, slot: slot) }
    }

    /// The half or barrier under way, to its commit.
    mutating func carryOut(taking times: [UInt32: Duration] = [:]) {
        guard let order else { return }
        for exchange in broker.exchanges(order.next) { self.exchange(exchange, taking: times) }
        guard case .barrier(let round) = order.next else { return }
        for member in broker.run?.participants ?? [] {
            say(.barrierSaved(term: order.term, round: round, digest: digest(member, round)), member)
        }
    }

    mutating func step(taking times: [UInt32: Duration] = [:]) {
        carryOut(taking: times)
        carryOut(taking: times)
    }

    /// All steps of a round and its barrier.
    mutating func round(taking times: [UInt32: Duration] = [:]) {
        guard let round = broker.run?.position.round else { return }
        while broker.run?.position.round == round, order != nil { carryOut(taking: times) }
    }

    /// All say that they know of the end.
    mutating func restAll() {
        guard case .resting(_, let awaited)? = broker.run?.phase else { return }
        for member in awaited.sorted() { say(.heartbeat(busy: false, round: 0, step: 0), member) }
    }
}

extension [BrokerDirective] {
    var plans: [(to: ConnectionID, plan: Plan, barrier: UInt32)] {
        compactMap { if case .send(let to, _, .plan(let plan, let barrier, _)) = $0 { (to, plan, barrier) } else { nil } }
    }
    /// What members were told of why they do not take part.
    var standbys: [String] { compactMap { if case .send(_, _, .standby(let reason)) = $0 { reason } else { nil } } }
    var farewells: [String] { compactMap { if case .send(_, _, .goodbye(let reason)) = $0 { reason } else { nil } } }
    var outcomes: [RunOutcome] { compactMap { if case .note(.ended(let outcome)) = $0 { outcome } else { nil } } }
    var started: [String] { compactMap { if case .note(.started(let run, _)) = $0 { run } else { nil } } }
    var isEnd: Bool { contains { if case .end = $0 { true } else { false } } }
    var unscored: [[MemberID]] { compactMap { if case .note(.unscored(let ids)) = $0 { ids } else { nil } } }
    var sidelined: [MemberID] { compactMap { if case .note(.sidelined(let id, _)) = $0 { id } else { nil } } }
    var journaledEnds: [RunOutcome] {
        compactMap { if case .journal(.ended(let outcome), _) = $0 { outcome } else { nil } }
    }
}
