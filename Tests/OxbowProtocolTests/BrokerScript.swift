import OxbowModel
import OxbowProtocol
import OxbowScheduling

/// A body of a size and nothing else.
final class SizedBody: BodyStorage {
    let byteCount: Int
    init(_ byteCount: Int = 100) { self.byteCount = byteCount }
}

/// A broker under test: events in, directives out, one line an event.
struct BrokerScript {
    var broker: BrokerMachine
    var now = Duration.zero
    /// Everything since the last look.
    private var answered: Set<UInt64> = []
    private(set) var directives: [BrokerDirective] = []

    /// Whether searches are answered at once, as by a shell with nothing else to do.
    var answersSearches = true

    init(edges: Int = 2, membership: Membership = .strict) {
        self.init(
            BrokerSettings(servesOneRun: true),
            [RunSettings(membership: membership, demands: [Demand(tier: "small", workers: edges)], template: Self.template)])
    }

    init(_ settings: BrokerSettings, _ runs: [RunSettings]) {
        broker = BrokerMachine(settings)
        for run in runs { tell(.submitted(run)) }
    }

    static let template = Plan(
        run: 1, seed: 1, model: ModelParameters(), batch: 4, rounds: 2, stepsPerRound: 2, optimizer: OptimizerSettings(),
        method: MethodSettings(
            name: .oxbow, start: .common, batches: .permutation, clusters: 0, plainRounds: 1, alpha: 1, signalSteps: 1),
        assignments: [])

    static let data = DataForm(samples: 100, height: 28, width: 28, channels: 1, classes: 10)

    @discardableResult
    mutating func tell(_ event: BrokerEvent) -> [BrokerDirective] {
        var result = broker.handle(event, at: now)
        while answersSearches, let (number, request, planner) = result.lastSearch, !answered.contains(number) {
            answered.insert(number)
            let cuts = Result { () throws(PlanningError) in try planner.plan(for: request) }
            result += broker.handle(.planned(number, cuts), at: now)
        }
        directives += result
        return result
    }

    @discardableResult
    mutating func hello(
        _ id: String, _ role: Role = .edge, tier: String = "small", on connection: UInt64, lane: Lane = .control,
        nonce: UInt64 = 1, versions: ClosedRange<UInt32> = ProtocolVersion.all, data: DataForm? = nil,
        capabilities: Capabilities = Capabilities(), saved: [UInt32] = [], run: UInt64 = 0
    ) -> [BrokerDirective] {
        tell(
            .received(
                ConnectionID(connection), Envelope(content: .control),
                .control(
                    .hello(
                        Hello(
                            lowestVersion: versions.lowerBound, highestVersion: versions.upperBound, workerID: id, role: role,
                            tier: tier, lane: lane, nonce: nonce, capabilities: capabilities,
                            data: data ?? (role == .edge ? Self.data : DataForm()), savedBarriers: saved, savedRun: run)))))
    }

    /// Both lanes of a member: connections `2 * index + 10` and the next.
    mutating func join(
        _ id: String, _ role: Role = .edge, tier: String = "small", index: UInt64, nonce: UInt64 = 1,
        versions: ClosedRange<UInt32> = ProtocolVersion.all, capabilities: Capabilities = Capabilities(), saved: [UInt32] = [],
        run: UInt64 = 0
    ) {
        for lane in Lane.allCases {
            hello(
                id, role, tier: tier, on: 2 * index + 10 + UInt64(lane.rawValue), lane: lane, nonce: nonce, versions: versions,
                capabilities: capabilities, saved: saved, run: run)
        }
    }

    mutating func ready(_ member: MemberID, index: UInt64, barrier: UInt32 = 0) {
        tell(
            .received(
                ConnectionID(2 * index + 10), Envelope(run: 1, sender: member, sessionEpoch: 1, content: .control),
                .control(.ready(barrier: barrier, digest: []))))
    }

    /// Two edges and a core, all ready.
    static func running(_ membership: Membership = .strict) -> BrokerScript {
        var script = BrokerScript(membership: membership)
        script.join("a", index: 0)
        script.join("b", index: 1)
        script.join("core", .core, index: 2)
        script.ready(.edge(0), index: 0)
        script.ready(.edge(1), index: 1)
        script.ready(.core(), index: 2)
        return script
    }

    @discardableResult
    mutating func bulk(
        _ exchange: Exchange, _ direction: Direction, slot: UInt32, from index: UInt64, as sender: MemberID,
        term: UInt32 = 1, round: UInt32 = 1, step: UInt32 = 0, epoch: UInt32 = 1
    ) -> [BrokerDirective] {
        let key = ExchangeKey(
            term: term, round: round, step: step, exchange: exchange, direction: direction, slot: slot)
        return tell(
            .received(
                ConnectionID(2 * index + 11),
                Envelope(run: 1, sender: sender, sessionEpoch: epoch, content: .bulk(key)), .bulk(SizedBody())))
    }
}

extension [BrokerDirective] {
    var lastSearch: (UInt64, PlanningRequest, any Planner)? {
        compactMap { if case .plan(let number, let request, let planner) = $0 { (number, request, planner) } else { nil } }
            .last
    }
    /// The errors that were sent, by code.
    var errors: [ErrorCode] {
        compactMap { if case .send(_, _, .error(let code, _)) = $0 { code } else { nil } }
    }
    var errorTexts: [String] {
        compactMap { if case .send(_, _, .error(_, let text)) = $0 { text } else { nil } }
    }
    /// The orders that were sent, each once.
    var orders: [StepControl] {
        compactMap { if case .note(.ordered(let order)) = $0 { order } else { nil } }
    }
    var forwards: Int { count { if case .forward = $0 { true } else { false } } }
    var losses: Int { count { if case .note(.lost) = $0 { true } else { false } } }
    var welcomes: [Welcome] {
        compactMap { if case .send(_, _, .welcome(let welcome)) = $0 { welcome } else { nil } }
    }
}
