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
        public var disturbances: Disturbances
        /// Members that asked to leave and were let go.
        public var leaves: Int
        public var sidelined: Int
        /// Sessions that the broker took for lost.
        public var sessionsLost: Int
        /// Members that entered at a barrier.
        public var joins: Int
        /// Barriers that were committed.
        public var barriers: Int
        /// Scores that the broker took: of whom, and of which round.
        public var scores: [(member: MemberID, round: UInt32)]
        /// Every barrier's new assignments, where it had some.
        public var amendments: [(round: UInt32, assignments: [Assignment])]
        /// How each run ended, in order.
        public var outcomes: [RunOutcome]
        public var counters: RoutingCounters
        /// The most bulk bytes that were ever between an acceptance by the broker and the hand-over.
        public var mostBytesInBroker: Int
        /// Invariants that did not hold, in words; the simulation ends with the first.
        public var broken: [String]
        /// Whom the broker waited for in the end, and why.
        public var awaited: [String]
        /// The last events in words, for a failing seed.
        public var tail: [String]

        public var losses: Int { disturbances.losses }
        public var brokerCrashes: Int { disturbances.brokerCrashes }
    }

    let faults: Faults
    var random: RandomStream
    let settings: BrokerSettings
    let runs: [RunSettings]
    var broker: BrokerMachine
    var brokerClock = VirtualClock()
    var journal = SimulatedJournal()
    /// Which life of the broker's process this is; what is for an earlier one is void.
    var brokerLife: UInt64 = 1
    var brokerIsUp = true
    /// Its process stands still before.
    var brokerSuspendedUntil = Duration.zero
    /// Directives that wait until the journal has room.
    var blocked: (directives: [BrokerDirective], until: Duration)?
    /// Since the invariants were checked.
    var brokerHandled = false
    /// What waits until the broker can handle it.
    var brokerBacklog: [BrokerEvent] = []
    var members: [SimulatedMember] = []
    var queue = EventQueue<SimulatedEvent>()
    var now = Duration.zero
    /// Of connections that are no more: what was on them and still arrives.
    var remains: [Link: Remains] = [:]
    /// When the last message on a connection arrives: a connection keeps its order.
    var lastArrival: [Link: Duration] = [:]
    /// By credit: how many bodies are in the broker.
    var underWay: [Credit: Int] = [:]
    var bytesInBroker = 0
    var mostBytesInBroker = 0
    /// Up to when the faults so far last; nil when one lasts for good.
    var disturbedUntil: Duration? = .zero
    var disturbances = Disturbances()
    var leaves = 0
    var stops = 0
    /// The run that the broker serves.
    var active: RunSettings?
    var outcome: RunOutcome?
    var endedAt = Duration.zero
    var outcomes: [RunOutcome] = []
    var digests: [MemberDigest] = []
    var sidelined = 0
    var sessionsLost = 0
    var joins = 0
    var barriers = 0
    var scores: [(member: MemberID, round: UInt32)] = []
    var amendments: [(round: UInt32, assignments: [Assignment])] = []
    var firstAssignments: [Assignment] = []
    var invariants: Invariants
    /// Put into words only when somebody asks.
    private var tail: [(time: Duration, line: () -> String)] = []
    /// Asked now and then whether to go on, with the number of events since it was asked before.
    public var goesOn: ((Int) -> Bool)?
    /// Told of each event: when, and in words.
    public var observer: ((Duration, String) -> Void)?
    /// Told of what a trace would record.
    public var tap: ((BrokerTap) -> Void)?

    /// - Parameter runs: submitted at the start.
    public init(settings: BrokerSettings, runs: [RunSettings], seed: UInt64, faults: Faults) {
        self.faults = faults
        self.runs = runs
        self.random = RandomStream(seed: seed, purpose: .simulation)
        self.broker = BrokerMachine(settings)
        self.settings = settings
        self.invariants = Invariants(servesOneRun: settings.servesOneRun)
    }

    /// Adds a member's process.
    /// - Parameters:
    ///   - makePerformer: called at each start of the process; what it needs beyond a crash it must keep outside.
    ///   - saved: the run and barriers its disk holds.
    ///   - faults: rules that its performer saw broken.
    ///   - start: when it is started at the earliest.
    ///   - pace: how many times as long as others it computes.
    public func add(
        _ identity: MemberIdentity, start: Duration = .zero, pace: Double = 1,
        makePerformer: @escaping () -> any TaskPerformer, saved: @escaping () -> (run: UInt64, barriers: [UInt32]),
        faults: @escaping () -> [String] = { [] }
    ) {
        members.append(
            SimulatedMember(identity, start: start, pace: pace, makePerformer: makePerformer, saved: saved, faults: faults))
    }

    /// How long after the last fault every run must have ended: time for leases, a disk tried again each minute, members that sit
    /// out, and for the steps themselves.
    public var settling: Duration {
        let steps = runs.reduce(0) { $0 + Int($1.template.rounds) * (Int($1.template.stepsPerRound) + 2) }
        return .seconds(600) + .seconds(3) * steps
    }

    /// Runs until the run ended and all processes did, an invariant broke, or for at most so many events.
    public func run(maximumEvents: Int = 1_000_000) -> Outcome {
        brokerClock = makeClock()
        for run in runs { tellBroker(.submitted(run)) }
        for index in members.indices { queue.add(.start(index), at: members[index].start + draw(faults.startSpread)) }
        queue.add(.tick, at: .milliseconds(250))
        var events = 0
        while events < maximumEvents, !isOver, invariants.broken.isEmpty, let (time, event) = queue.next() {
            if events.isMultiple(of: Self.askedEvery), goesOn?(min(events, Self.askedEvery)) == false { break }
            now = time
            events += 1
            perform(event)
            invariants.check(self, isTick: event.isTick)
        }
        return outcome(events)
    }

    private static let askedEvery = 64

    private func outcome(_ events: Int) -> Outcome {
        Outcome(
            run: outcome, ends: Dictionary(members.map { ($0.name, $0.end) }) { first, _ in first }, digests: digests,
            plan: broker.plan, virtualTime: now, events: events, disturbances: disturbances, leaves: leaves,
            sidelined: sidelined, sessionsLost: sessionsLost, joins: joins, barriers: barriers, scores: scores,
            amendments: amendments,
            outcomes: outcomes, counters: broker.counters, mostBytesInBroker: mostBytesInBroker, broken: invariants.broken,
            awaited: broker.awaited(), tail: tail.map { "\($0) \($1())" })
    }

    /// A fleet for one run ends with it; one for more stays. A member that did not hear of the end dials for ever.
    var isOver: Bool {
        guard outcome != nil else { return !settings.servesOneRun && outcomes.count == runs.count }
        return members.allSatisfy { $0.machine == nil } || now > endedAt + .seconds(60)
    }

    func draw(_ span: Duration) -> Duration { span * random.uniformDouble() }

    func chance(_ probability: Double) -> Bool { probability > 0 && random.uniformDouble() < probability }

    /// Whether a loss comes now that may come with this probability.
    func loses(_ probability: Double) -> Bool {
        disturbances.losses < faults.losses && outcome == nil && chance(probability)
    }

    /// Whether a spell comes now, and how long it lasts.
    func spell(_ probability: Double) -> Duration? {
        guard disturbances.spells < faults.spells, outcome == nil, chance(probability) else { return nil }
        return draw(faults.spell)
    }

    /// A fault lasts until then.
    func disturbed(until time: Duration) { disturbedUntil = disturbedUntil.map { max($0, time) } }

    func makeClock() -> VirtualClock {
        VirtualClock(rate: 1 + faults.drift * (2 * random.uniformDouble() - 1), offset: .zero)
    }

    func log(_ line: @escaping @autoclosure () -> String) {
        tail.append((now, line))
        if tail.count > 80 { tail.removeFirst(20) }
        observer?(now, line())
    }

    private func perform(_ event: SimulatedEvent) {
        switch event {
        case .start(let index): start(index)
        case .arrival(let passage): arrive(passage, event)
        case .late(let passage, brokerLife): read(passage)
        case .computed(let index, let life, let id, let result): computed(index, life, id, result)
        case .scored(let index, let life, let scores): scored(index, life, scores)
        case .handedOver(let credit, let bytes, brokerLife):
            bytesInBroker -= bytes
            tellBroker(.handedOver(credit))
        case .planned(let number, let result, brokerLife): tellBroker(.planned(number, result))
        case .unreachable(let connection, brokerLife): tellBroker(.unreachable(connection))
        case .startBroker: startBroker()
        case .brokerGoesOn(brokerLife): brokerGoesOn()
        case .goesOn(let index): goOn(index)
        case .heal(let index): heal(index)
        case .tick: tick()
        case .late, .handedOver, .planned, .unreachable, .brokerGoesOn: break  // of a broker that is dead
        }
    }

    private func tick() {
        tellBroker(.tick)
        if let active, stops < faults.stops, chance(faults.stopping) {
            stops += 1
            tellBroker(.stopRun(id: active.id, reason: "an operator's wish"))
        }
        for index in members.indices { tell(index, .tick) }
        beginSpells()
        queue.add(.tick, at: now + .milliseconds(250))
    }
}

extension SimulatedEvent {
    fileprivate var isTick: Bool { if case .tick = self { true } else { false } }
}
