import OxbowModel

/// What a broker that died knew, read back from its journal. A pure function of the records.
public struct Recovery: Hashable, Sendable {
    public struct Enrolled: Hashable, Sendable {
        public var workerID: String
        public var tier: String
        public var sessionEpoch: UInt32
        /// It had said goodbye.
        public var hasLeft = false
    }

    /// The run that was active.
    public struct Run: Hashable, Sendable {
        public var id: String
        /// nil: it had not come so far.
        public var plan: Plan?
        public var lastBarrier: UInt32 = 0
        /// After the initial state and the last two barriers.
        public var assignments: [UInt32: [Assignment]] = [:]
        public var digests: [UInt32: [MemberID: [UInt8]]] = [:]
        /// How it ended, if it did.
        public var outcome: RunOutcome?
        var amendment: (round: UInt32, assignments: [Assignment])?

        public init(id: String) { self.id = id }

        public static func == (a: Run, b: Run) -> Bool {
            a.id == b.id && a.plan == b.plan && a.lastBarrier == b.lastBarrier && a.assignments == b.assignments
                && a.digests == b.digests && a.outcome == b.outcome
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(id)
            hasher.combine(lastBarrier)
        }
    }

    public private(set) var members: [MemberID: Enrolled] = [:]
    public private(set) var term: UInt32 = 0
    /// The last one that was active, ended or not.
    public private(set) var run: Run?
    /// Runs that waited, in their order.
    public private(set) var queue: [String] = []
    /// All that were ever taken on, ended ones too: what is not among them was never submitted, as far as this broker knows.
    public private(set) var known: Set<String> = []

    /// Runs that were not over: the active one, then those that waited.
    public var unfinished: [String] { (run.map { $0.outcome == nil ? [$0.id] : [] } ?? []) + queue }

    public init(_ records: some Sequence<JournalRecord> = []) {
        for record in records { take(record) }
    }

    public mutating func take(_ record: JournalRecord) {
        switch record {
        case .enrolled(let id, let workerID, let tier, let epoch):
            members[id] = Enrolled(workerID: workerID, tier: tier, sessionEpoch: epoch)
        case .queued(let id):
            queue.append(id)
            known.insert(id)
        case .withdrawn(let id): queue.removeAll { $0 == id }
        case .started(let id):
            queue.removeAll { $0 == id }
            run = Run(id: id)
        case .term(let number, _): term = max(term, number)
        case .plan(let plan):
            run?.plan = plan
            run?.lastBarrier = 0
            run?.digests = [:]
            run?.assignments = [0: plan.assignments]
        case .amended(let round, let assignments): run?.amendment = (round, assignments)
        case .barrier(let round, let digests): run?.commit(round, digests)
        case .ended(let outcome): run?.outcome = outcome
        case .lost(let id, _): members[id]?.hasLeft = record.isGoodbye
        case .sidelined, .committed: break
        }
    }
}

extension Recovery.Run {
    fileprivate mutating func commit(_ round: UInt32, _ saved: [MemberDigest]) {
        if let amendment, amendment.round == round { plan?.assignments = amendment.assignments }
        amendment = nil
        lastBarrier = round
        digests = digests.filter { $0.key + 1 >= round }
        digests[round] = Dictionary(saved.map { ($0.member, $0.digest) }) { first, _ in first }
        assignments = assignments.filter { $0.key == 0 || $0.key + 1 >= round }
        assignments[round] = plan?.assignments ?? []
    }
}

extension BrokerMachine {
    /// A broker that goes on where another one died: members are known, and away; the run that was active waits for them.
    ///
    /// - Parameter runs: settings by id, of the active run and of those in the queue; one that is missing is given up.
    public init(_ settings: BrokerSettings, recovering recovery: Recovery, runs: [RunSettings]) {
        self.init(settings)
        term = recovery.term
        for (id, enrolled) in recovery.members { members[id] = Member(id, enrolled) }
        let known = Dictionary(runs.map { ($0.id, $0) }) { first, _ in first }
        queue = recovery.queue.compactMap { known[$0] }
        // A broker for one run goes on with it however it ended before; else an ended run is over.
        if let lost = recovery.run, let settings = known[lost.id], lost.outcome == nil || self.settings.servesOneRun {
            run = ActiveRun(settings, lost)
            isRecovered = true
        }
    }
}

extension BrokerMachine.Member {
    fileprivate init(_ id: MemberID, _ enrolled: Recovery.Enrolled) {
        self.init(
            id: id, workerID: enrolled.workerID, tier: enrolled.tier, data: DataForm(), capabilities: Capabilities(),
            sessionEpoch: enrolled.sessionEpoch, issuedEpoch: enrolled.sessionEpoch)
        hasLeft = enrolled.hasLeft
    }
}

extension ActiveRun {
    fileprivate init(_ settings: RunSettings, _ lost: Recovery.Run) {
        self.init(settings)
        guard let plan = lost.plan else { return }
        self.plan = plan
        hasStarted = true
        lastBarrier = lost.lastBarrier
        assignments = lost.assignments
        digests = lost.digests
        for assignment in plan.assignments { takeSeat(assignment) }
    }

    /// The first demand of its tier that has room, else the last, as when it came first.
    private mutating func takeSeat(_ assignment: Assignment) {
        let fitting = settings.demands.indices.filter { settings.demands[$0].tier == assignment.tier }
        let free = fitting.first { seat in seats.values.count { $0 == seat } < settings.demands[seat].workers }
        seats[assignment.slot] = free ?? fitting.last
    }
}
