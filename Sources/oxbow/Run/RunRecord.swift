import Foundation
import OxbowFleet
import OxbowProtocol

/// What a run's supervisor has heard so far, gathered for progress and report.
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
    }

    var plan: Plan?
    var rounds: [Int: Round] = [:]
    var current = 1
    /// Times between the core's commits of successive steps.
    var stepSeconds: [Double] = []
    var lastStep: (round: UInt32, step: UInt32) = (1, 0)
    var losses: [MemberID: StepMetrics] = [:]
    var awaiting: [String] = []
    var missing: [String] = []
    var sessions: [MemberID: UInt32] = [:]
    var lost: [String] = []
    var outcome: RunOutcome?
    private var lastCommit: Double?

    /// Rounds whose barrier is committed, rising.
    var committed: [(number: Int, round: Round)] {
        rounds.filter { !$0.value.digests.isEmpty }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    mutating func take(_ note: BrokerNote, at time: Double) {
        switch note {
        case .planned(let plan): self.plan = plan
        case .joined(let member, _, _, let epoch): sessions[member] = epoch
        case .lost(let member, let reason): lost.append("\(member): \(reason)")
        case .waiting(let missing): self.missing = missing
        case .awaiting(let whom): awaiting = whom
        case .ordered(let order): ordered(order, time)
        case .committed(let half): committed(half, time)
        case .metrics(let member, let metrics): add(metrics, of: member, time)
        case .aggregation(let report): rounds[Int(report.round)]?.aggregation = report
        case .barrier(let round, let digests, let traffic): barrier(Int(round), digests, traffic, time)
        case .ended(let outcome): self.outcome = outcome
        case .refused, .started, .left, .sidelined, .standby, .scheduled, .amended, .timings, .modelled, .deadlines: break
        }
    }

    private mutating func ordered(_ order: StepControl, _ time: Double) {
        guard case .half(let half, _) = order.next else { return }
        let number = Int(half.round)
        if half.step == 0, half.half == .discriminator {
            // A new round, or one that begins again after a loss: what was counted is void.
            rounds[number] = Round(startTime: time)
            current = number
            lastCommit = nil
        }
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
        rounds[number]?.digests = digests
        rounds[number]?.traffic = traffic
        let start = rounds[number]?.startTime ?? time
        rounds[number]?.seconds = time - start
        lastCommit = nil
    }
}
