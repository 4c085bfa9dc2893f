import OxbowProtocol
import OxbowRandom
import OxbowScheduling

/// A whole fleet in one process on a virtual network and clock: the state machines that run over ZeroMQ, with faults
/// drawn from one seed. The same seed gives the same run, event for event.
public final class FleetSimulation {
    public struct Outcome: Sendable {
        public var run: RunOutcome?
        public var ends: [String: MemberEnd?]
        /// The members' digests at the last committed barrier.
        public var digests: [MemberDigest]
        public var plan: Plan?
        public var virtualTime: Duration
        public var events: Int
        public var losses: Int
        public var brokerCrashes: Int
        /// Members that asked to leave and were let go.
        public var leaves: Int
        public var sidelined: Int
        /// Sessions that the broker took for lost.
        public var sessionsLost: Int
        /// Members that entered at a barrier.
        public var joins: Int
        /// Every barrier's new assignments, where it had some.
        public var amendments: [(round: UInt32, assignments: [Assignment])]
        /// How each run ended, in order.
        public var outcomes: [RunOutcome]
        public var counters: RoutingCounters
        /// The most bulk bytes that were ever between an acceptance by the broker and the hand-over.
        public var mostBytesInBroker: Int
        /// The last events in words, for a failing seed.
        public var tail: [String]
    }

    private let faults: Faults
    private var random: RandomStream
    private var broker: BrokerMachine
    private var members: [SimulatedMember]
    private var queue = EventQueue<SimulatedEvent>()
    private var now = Duration.zero
    private var outcome: RunOutcome?
    private let settings: BrokerSettings
    private let runs: [RunSettings]
    private var journal = SimulatedJournal()
    /// nil while the broker's process is down.
    private var brokerLife: UInt64? = 1
    private var brokerCrashes = 0
    private var outcomes: [RunOutcome] = []
    private var digests: [MemberDigest] = []
    private var losses = 0
    private var leaves = 0
    private var sidelined = 0
    private var sessionsLost = 0
    private var joins = 0
    private var amendments: [(round: UInt32, assignments: [Assignment])] = []
    private var firstAssignments: [Assignment] = []
    private var artifacts: [(key: ArtifactKey, byteCount: Int)] = []
    /// Put into words only when somebody asks.
    private var tail: [(time: Duration, line: () -> String)] = []
    /// The run that the broker serves.
    private var active: String?
    private var stops = 0
    private var bytesInBroker = 0
    private var mostBytesInBroker = 0
    /// When the last message on a connection arrives: a connection keeps its order.
    private var lastArrival: [Link: Duration] = [:]
    /// Told of each event in words.
    public var observer: ((String) -> Void)?
    /// Told of what a trace would record.
    public var tap: ((BrokerTap) -> Void)?

    /// - Parameter runs: submitted at the start.
    public init(settings: BrokerSettings, runs: [RunSettings], seed: UInt64, faults: Faults) {
        self.faults = faults
        self.runs = runs
        self.random = RandomStream(seed: seed, purpose: .simulation)
        self.broker = BrokerMachine(settings)
        self.settings = settings
        self.members = []
    }

    /// Adds a member's process.
    /// - Parameters:
    ///   - makePerformer: called at each start of the process; what it needs beyond a crash it must keep outside.
    ///   - saved: the run and barriers its disk holds.
    ///   - start: when it is started at the earliest.
    ///   - pace: how many times as long as others it computes.
    public func add(
        _ identity: MemberIdentity, start: Duration = .zero, pace: Double = 1,
        makePerformer: @escaping () -> any TaskPerformer, saved: @escaping () -> (run: UInt64, barriers: [UInt32])
    ) {
        members.append(SimulatedMember(identity, start: start, pace: pace, makePerformer: makePerformer, saved: saved))
    }

    /// Runs until the run ended and all processes did, or for at most so many events.
    public func run(maximumEvents: Int = 100_000) -> Outcome {
        for run in runs { broker(.submitted(run)) }
        for index in members.indices { queue.add(.start(index), at: members[index].start + draw(faults.startSpread)) }
        queue.add(.tick, at: .milliseconds(250))
        var events = 0
        while events < maximumEvents, !isOver, let (time, event) = queue.next() {
            now = time
            events += 1
            perform(event)
        }
        return Outcome(
            run: outcome,
            ends: Dictionary(members.map { ($0.identity.workerID, $0.end) }) { first, _ in first }, digests: digests,
            plan: broker.plan, virtualTime: now, events: events, losses: losses,
            brokerCrashes: brokerCrashes, leaves: leaves, sidelined: sidelined,
            sessionsLost: sessionsLost, joins: joins, amendments: amendments, outcomes: outcomes, counters: broker.counters,
            mostBytesInBroker: mostBytesInBroker, tail: tail.map { "\($0) \($1())" })
    }

    /// A fleet for one run ends with it; one for more stays.
    private var isOver: Bool {
        outcome != nil ? members.allSatisfy { $0.end != nil || $0.machine == nil } : outcomes.count == runs.count
    }

    private func draw(_ span: Duration) -> Duration { span * random.uniformDouble() }

    private func chance(_ probability: Double) -> Bool { probability > 0 && random.uniformDouble() < probability }

    private func log(_ line: @escaping @autoclosure () -> String) {
        tail.append((now, line))
        if tail.count > 60 { tail.removeFirst(20) }
        observer?("\(now) \(line())")
    }

    private func perform(_ event: SimulatedEvent) {
        switch event {
        case .start(let index): start(index)
        case .crash(let index): crash(index)
        case .toBroker(let index, let connection, let lane, let envelope, let payload):
            // What was sent before a connection broke may still be read, or not.
            guard members[index].connection(lane) == connection || chance(0.5) else { return }
            broker(.received(connectionID(index, lane, connection), envelope, payload))
        case .late(let index, let life, let connection, let lane, let envelope, let payload):
            guard members[index].life == life, members[index].connection(lane) != connection else { return }
            broker(.received(connectionID(index, lane, connection), envelope, payload))
        case .toMember(let index, let connection, let lane, let envelope, let payload):
            guard members[index].connection(lane) == connection else { return }
            member(index, .received(lane, envelope, payload))
        case .computed(let index, let life, let id, let result): computed(index, life, id, result)
        case .handedOver(let credit, let bytes):
            bytesInBroker -= bytes
            broker(.handedOver(credit))
        case .planned(let number, let result): broker(.planned(number, result))
        case .unreachable(let connection): broker(.unreachable(connection))
        case .startBroker: startBroker()
        case .tick: tick()
        }
    }

    private func tick() {
        broker(.tick)
        if let active, stops < faults.stops, chance(faults.stopping) {
            stops += 1
            broker(.stopRun(id: active, reason: "an operator's wish"))
        }
        for index in members.indices where members[index].machine != nil { member(index, .tick) }
        queue.add(.tick, at: now + .milliseconds(250))
    }

    // MARK: Processes

    private func start(_ index: Int) {
        let process = members[index]
        guard outcome == nil else { return }
        process.life += 1
        process.end = nil
        process.reconnect()
        process.busyUntil = now
        process.performer = process.makePerformer()
        let saved = process.saved()
        process.machine = MemberMachine(
            process.identity, nonce: random.next(), savedRun: saved.run, savedBarriers: saved.barriers)
        let name = process.identity.workerID
        log("\(name) starts")
        member(index, .started)
    }

    private func crash(_ index: Int) {
        let process = members[index]
        process.machine = nil
        process.performer = nil
        process.reconnect()
        let name = process.identity.workerID
        log("\(name) crashes")
        queue.add(.start(index), at: now + draw(faults.downtime))
    }

    private func computed(_ index: Int, _ life: UInt64, _ id: UInt64, _ result: Result<TaskResult, any Error>) {
        guard members[index].life == life, members[index].machine != nil else { return }
        if losses < faults.losses, outcome == nil, chance(faults.crash) {
            losses += 1
            return crash(index)
        }
        if losses < faults.losses, outcome == nil, chance(faults.disconnection) {
            losses += 1
            let lanes: [Lane] = [[.control], [.bulk], [.control, .bulk]][random.below(3)]
            let name = members[index].identity.workerID
            log("\(name) is cut off: \(lanes)")
            members[index].reconnect(lanes)
        }
        if leaves < faults.leaves, outcome == nil, members[index].identity.role == .edge, chance(faults.leaving) {
            leaves += 1
            let name = members[index].identity.workerID
            log("\(name) is asked to end")
            member(index, .stop(reason: "asked to end"))
            guard members[index].machine != nil else { return }
        }
        switch result {
        case .success(let result): member(index, .computed(id, result))
        case .failure(let error): member(index, .computeFailed(id, message: "\(error)"))
        }
    }

    // MARK: Directives

    private func member(_ index: Int, _ event: MemberEvent) {
        let process = members[index]
        guard let directives = process.machine?.handle(event, at: now) else { return }
        for directive in directives {
            switch directive {
            case .send(let lane, let envelope, let payload):
                let event = SimulatedEvent.toBroker(
                    member: index, connection: process.connection(lane), lane, envelope, payload)
                travel(event, Link(isUp: true, member: index, connection: process.connection(lane), lane: lane))
                if chance(faults.lateness) {
                    let late = SimulatedEvent.late(
                        member: index, life: process.life, connection: process.connection(lane), lane, envelope, payload)
                    queue.add(late, at: now + draw(.seconds(15)))
                }
            case .compute(let id, let task, let inputs): compute(index, id, task, inputs)
            case .reconnect: process.reconnect()
            case .note(let note):
                let name = process.identity.workerID
                log("\(name): \(Self.describe(note))")
            case .end(let how): end(index, how)
            }
        }
    }

    private func end(_ index: Int, _ how: MemberEnd) {
        members[index].end = how
        members[index].machine = nil
        let name = members[index].identity.workerID
        log("\(name) ends: \(how)")
        // Who left may come back.
        if case .stopped = how, outcome == nil, chance(0.7) { queue.add(.start(index), at: now + draw(faults.downtime)) }
    }

    /// The arithmetic is done at once; its result arrives when the virtual compute thread would have it.
    private func compute(_ index: Int, _ id: UInt64, _ task: MemberTask, _ inputs: [any BodyStorage]) {
        let process = members[index]
        let result = Result { try process.performer?.perform(task, inputs: inputs) ?? TaskResult() }
        process.busyUntil = max(process.busyUntil, now) + draw(faults.computing) * process.pace + slowness(process)
        queue.add(.computed(member: index, life: process.life, id: id, result), at: process.busyUntil)
    }

    /// Now and then an edge takes very long, and is alive all the while.
    private func slowness(_ process: SimulatedMember) -> Duration {
        guard process.identity.role == .edge, chance(faults.slowness) else { return .zero }
        let name = process.identity.workerID
        log("\(name) is slow")
        return faults.slow
    }

    private func broker(_ event: BrokerEvent) {
        guard brokerLife != nil else { return }
        tap?(.event(event, at: now))
        let directives = broker.handle(event, at: now)
        guard losses < faults.losses, outcome == nil, chance(faults.brokerCrash) else { return perform(directives[...]) }
        // It dies after any of them.
        perform(directives.prefix(random.below(directives.count + 1)))
        if outcome == nil { crashBroker() }
    }

    /// What was on its connections is lost, and what it wrote since it last synced its journal.
    private func crashBroker() {
        losses += 1
        brokerCrashes += 1
        log("the broker crashes")
        journal.crash()
        brokerLife = nil
        bytesInBroker = 0
        queue.remove { event in
            switch event {
            case .toBroker, .late, .toMember, .handedOver, .unreachable, .planned: true
            default: false
            }
        }
        queue.add(.startBroker, at: now + draw(faults.downtime))
    }

    private func startBroker() {
        brokerLife = UInt64(brokerCrashes) + 1
        tap?(.restarted(at: now))
        let recovery = Recovery(journal.records)
        broker = BrokerMachine(settings, recovering: recovery, runs: runs)
        log("the broker starts at barrier \(recovery.run?.lastBarrier ?? 0)")
        // What died before it was written down is submitted again.
        for run in runs where !recovery.known.contains(run.id) { broker(.submitted(run)) }
        broker(.tick)
    }

    private func perform(_ directives: ArraySlice<BrokerDirective>) {
        for directive in directives {
            tap?(.directive(directive, at: now))
            switch directive {
            case .send(let connection, let envelope, let message):
                deliver(connection, envelope, .control(message))
            case .forward(let connection, let envelope, let body, let credit):
                bytesInBroker += body.byteCount
                mostBytesInBroker = max(mostBytesInBroker, bytesInBroker)
                // A body has left the broker when its receiver has it, and the broker hears of that last.
                let arrival = deliver(connection, envelope, .bulk(body))
                queue.add(.handedOver(credit, bytes: body.byteCount), at: arrival)
            case .plan(let number, let request, let planner):
                let result = Result { () throws(PlanningError) in try planner.plan(for: request) }
                queue.add(.planned(number, result), at: now + draw(faults.planning))
            case .store(_, let key, let body): artifacts.append((key, body.byteCount))
            case .dropBodies(let term, let answers): dropWaiting(before: term, sparing: answers)
            case .forget: break
            case .journal(let record, let durable):
                journal.write(record, durable: durable)
                if case .barrier(_, let digests) = record { self.digests = digests }
            case .note(let note): noted(note)
            case .end(let outcome): self.outcome = outcome
            }
        }
    }

    private func noted(_ note: BrokerNote) {
        log("broker: \(Self.describe(note))")
        switch note {
        case .started(let run, _): active = run
        case .ended(let outcome):
            outcomes.append(outcome)
            active = nil
        case .planned(let plan):
            (firstAssignments, amendments) = (plan.assignments, [])
        case .sidelined: sidelined += 1
        case .lost: sessionsLost += 1
        case .amended(let round, let assignments):
            let before = amendments.last?.assignments ?? firstAssignments
            joins += assignments.count { new in !before.contains { $0.slot == new.slot } }
            amendments.append((round, assignments))
        default: break
        }
    }

    // MARK: Network

    /// A connection's number tells the member, its connection and the lane.
    private func connectionID(_ index: Int, _ lane: Lane, _ connection: UInt64) -> ConnectionID {
        ConnectionID(connection * 1_000_000 + UInt64(index) * 2 + UInt64(lane.rawValue))
    }

    /// One way of a connection.
    private struct Link: Hashable {
        var isUp: Bool
        var member: Int
        var connection: UInt64
        var lane: Lane
    }

    /// - Returns: when it arrives.
    @discardableResult
    private func deliver(_ connection: ConnectionID, _ envelope: Envelope, _ payload: Payload) -> Duration {
        let index = Int(connection.number % 1_000_000 / 2)
        let number = connection.number / 1_000_000
        let lane: Lane = connection.number % 2 == 0 ? .control : .bulk
        guard members[index].connection(lane) == number else {
            // The socket may notice that the peer is gone, or send into the void.
            if chance(0.5) { queue.add(.unreachable(connection), at: now) }
            return now
        }
        let event = SimulatedEvent.toMember(member: index, connection: number, lane, envelope, payload)
        return travel(event, Link(isUp: false, member: index, connection: number, lane: lane))
    }

    /// Messages of one connection arrive in their order; a duplicate comes later.
    @discardableResult
    private func travel(_ event: SimulatedEvent, _ link: Link) -> Duration {
        let arrival = max(now + .microseconds(200) + draw(faults.jitter), lastArrival[link] ?? .zero)
        lastArrival[link] = arrival
        queue.add(event, at: arrival)
        if chance(faults.duplication) { queue.add(event, at: arrival + draw(faults.jitter * 4)) }
        return arrival
    }

    /// Bodies that still wait in the broker: which these are hangs on links; here it is drawn.
    private func dropWaiting(before term: UInt32, sparing answers: CommittedAnswers?) {
        queue.remove { event in
            guard case .toMember(_, _, _, let envelope, .bulk) = event, case .bulk(let key) = envelope.content else {
                return false
            }
            return key.term < term && answers?.contains(key) != true && random.uniformDouble() < 0.5
        }
    }

    private static func describe(_ note: some Any) -> String {
        // Traffic is a dictionary, whose order says nothing.
        if case .barrier(let round, let digests, _)? = note as? BrokerNote { return "barrier(round: \(round), \(digests))" }
        return String(describing: note).prefix(240).description
    }
}
