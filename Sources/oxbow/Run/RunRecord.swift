import Foundation
import OxbowFleet
import OxbowProtocol
import OxbowReport
import OxbowScheduling

/// What a run's supervisor or broker has heard so far, gathered for progress and report.
struct RunRecord {
    struct Round {
        var steps = 0
        var startTime: Double
        var seconds = 0.0
        var digests: [MemberDigest] = []
        var aggregation: AggregationReport?
        var traffic: [MemberID: Traffic] = [:]
        /// Sums over the round's steps, by member.
        var metrics: [MemberID: StepMetrics] = [:]
        var counts: [MemberID: Int] = [:]
        /// What workers told of their generators.
        var scores: [MemberID: GeneratorScores] = [:]
        /// Slots that took part in its last step.
        var members: [UInt32] = []
    }

    /// As it was made; assignments as amended since.
    var plan: Plan?
    var rounds: [Int: Round] = [:]
    var current = 1
    /// Times between the core's commits of successive steps.
    var stepSeconds: [Double] = []
    var lastStep: (round: UInt32, step: UInt32) = (1, 0)
    var losses: [MemberID: StepMetrics] = [:]
    var awaiting: [String] = []
    var stall: (told: Stall, since: Double)?
    var missing: [String] = []
    var sessions: [MemberID: UInt32] = [:]
    var lost: [String] = []
    var outcome: RunOutcome?
    /// Every worker that ever had a place, with its last cuts, by slot.
    var workers: [UInt32: Assignment] = [:]
    var membership: [Report.MembershipEvent] = []
    /// Assignments and the round from which on they hold.
    var plans: [(round: Int, assignments: [Assignment])] = []
    var scheduled: (planner: String, cost: PlanCost?)?
    var deadlines: [TierDeadline] = []
    var timings = TimingRecord()
    /// Of the cuts in force, by the cost model.
    var modelledStepSeconds: Double?
    /// The same without the barrier's share; nil where the model tells no exchanges apart.
    var steadySeconds: Double?
    private var amendment: (round: UInt32, assignments: [Assignment])?
    private var lastCommit: Double?

    /// A fleet may come and go for weeks; the first of it tell enough.
    private static let eventLimit = 10_000

    /// Rounds whose barrier is committed, rising.
    var committed: [(number: Int, round: Round)] {
        rounds.filter { !$0.value.digests.isEmpty }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    mutating func take(_ note: BrokerNote, at time: Double) {
        switch note {
        case .planned(let plan): planned(plan)
        case .joined(let member, _, _, let epoch):
            sessions[member] = epoch
            if plan != nil { add(.joined, member, nil, time) }
        case .lost(let member, let reason):
            if lost.count < Self.eventLimit { lost.append("\(member): \(reason)") }
            add(.lost, member, reason, time)
        case .left(let member, let reason): add(.left, member, reason, time)
        case .sidelined(let member, let reason): add(.sidelined, member, reason, time)
        case .standby(let member, let reason): add(.standby, member, reason, time)
        case .waiting(let missing): self.missing = missing
        case .awaiting(let whom): awaiting = whom
        case .stalled(let stall): self.stall = (stall, time - stall.seconds)
        case .moving: stall = nil
        case .scheduled(let planner, let cost): scheduled = (planner, cost)
        case .amended(let round, let assignments): amendment = (round, assignments)
        case .timings(_, let times): timings.add(times)
        case .modelled(_, let times, let seconds):
            timings.model(times)
            modelledStepSeconds = seconds
            steadySeconds = Self.steadySeconds(times)
        case .deadlines(_, let deadlines): self.deadlines = deadlines
        case .ordered(let order): ordered(order, time)
        case .committed(let half): committed(half, time)
        case .metrics(let member, let metrics): add(metrics, of: member, time)
        case .aggregation(let report): rounds[Int(report.round)]?.aggregation = report
        case .scores(let member, let round, let scores): rounds[Int(round)]?.scores[member] = scores
        case .barrier(let round, let digests, let traffic): barrier(Int(round), digests, traffic, time)
        case .ended(let outcome): self.outcome = outcome
        case .refused, .started, .unscored, .returned, .saveFailed: break
        }
    }

    private mutating func add(_ event: Report.MembershipEvent.Event, _ member: MemberID, _ reason: String?, _ time: Double) {
        guard membership.count < Self.eventLimit else { return }
        membership.append(
            Report.MembershipEvent(time: time, round: current, event: event, member: member.description, reason: reason))
    }

    /// Everybody waits for the slowest worker of each exchange, then for the core.
    private static func steadySeconds(_ times: [ExchangeTimes]) -> Double? {
        guard !times.isEmpty else { return nil }
        return Dictionary(grouping: times.filter { (1...6).contains($0.exchange) }, by: \.exchange).sorted { $0.key < $1.key }
            .reduce(0) { sum, exchange in
                let slowest = exchange.value.filter { $0.member.role == .edge }.map(\.medianSeconds).max() ?? 0
                return sum + slowest + exchange.value.filter { $0.member.role == .core }.reduce(0) { $0 + $1.medianSeconds }
            }
    }

    // MARK: Plans

    private mutating func planned(_ plan: Plan) {
        self.plan = plan
        assign(plan.assignments, from: current)
    }

    private mutating func assign(_ assignments: [Assignment], from round: Int) {
        for assignment in assignments { workers[assignment.slot] = assignment }
        plans.removeAll { $0.round >= round }
        if plans.last?.assignments != assignments { plans.append((round, assignments)) }
    }

    // MARK: Steps

    private mutating func ordered(_ order: StepControl, _ time: Double) {
        guard case .half(let half, _) = order.next else { return }
        let number = Int(half.round)
        if half.step == 0, half.half == .discriminator {
            // A new round, or one that begins again after a loss: what was counted is void.
            rounds[number] = Round(startTime: time)
            current = number
            lastCommit = nil
        }
        rounds[number]?.members = order.members
        lastStep = (half.round, half.step)
    }

    private mutating func committed(_ half: HalfStep, _ time: Double) {
        guard half.half == .generator else { return }
        rounds[Int(half.round)]?.steps = Int(half.step) + 1
        if let lastCommit { stepSeconds.append(time - lastCommit) }
        lastCommit = time
    }

    private mutating func add(_ metrics: StepMetrics, of member: MemberID, _ time: Double) {
        let number = Int(metrics.round)
        var sum = rounds[number]?.metrics[member] ?? StepMetrics(round: metrics.round, step: 0)
        sum.lossReal += metrics.lossReal
        sum.lossFake += metrics.lossFake
        sum.lossGenerator += metrics.lossGenerator
        sum.computeSeconds += metrics.computeSeconds
        sum.waitSeconds += metrics.waitSeconds
        sum.codecSeconds += metrics.codecSeconds
        rounds[number]?.metrics[member] = sum
        rounds[number]?.counts[member, default: 0] += 1
        losses[member] = metrics
    }

    private mutating func barrier(
        _ number: Int, _ digests: [MemberDigest], _ traffic: [MemberID: Traffic], _ time: Double
    ) {
        // A broker that was started anew says again what it committed last.
        guard rounds[number]?.digests != digests else { return }
        if rounds[number] == nil { rounds[number] = Round(startTime: time) }
        rounds[number]?.digests = digests
        rounds[number]?.traffic = traffic
        let start = rounds[number]?.startTime ?? time
        rounds[number]?.seconds = time - start
        lastCommit = nil
        if let amendment, Int(amendment.round) == number {
            plan?.assignments = amendment.assignments
            assign(amendment.assignments, from: number + 1)
        }
        amendment = nil
    }
}

/// Times by member and exchange, of the last rounds only: a run of any length takes the same memory.
struct TimingRecord {
    struct Key: Hashable, Comparable {
        var member: MemberID
        var exchange: UInt8

        static func < (a: Key, b: Key) -> Bool { (a.member, a.exchange) < (b.member, b.exchange) }
    }

    private(set) var counts: [Key: Int] = [:]
    private var medians: [Key: [Double]] = [:]
    /// The last ones.
    private var modelled: [Key: Double] = [:]

    private static let rounds = 32

    mutating func add(_ times: [ExchangeTimes]) {
        for time in times {
            let key = Key(member: time.member, exchange: time.exchange)
            counts[key, default: 0] += Int(time.count)
            medians[key, default: []].append(time.medianSeconds)
            if medians[key, default: []].count > Self.rounds { medians[key]?.removeFirst() }
        }
    }

    mutating func model(_ times: [ExchangeTimes]) {
        for time in times { modelled[Key(member: time.member, exchange: time.exchange)] = time.medianSeconds }
    }

    /// By member and exchange.
    var timings: [Report.Timing] {
        medians.sorted { $0.key < $1.key }.compactMap { key, values in
            guard !values.isEmpty else { return nil }
            return Report.Timing(
                member: key.member.description, exchange: Int(key.exchange), count: counts[key] ?? 0,
                measuredSeconds: values.sorted()[values.count / 2], modelledSeconds: modelled[key])
        }
    }
}
