import Metrics
import OxbowProtocol
import Synchronization

/// A broker's metrics (docs/web.md): fed on the thread with the sockets, read by whoever asks for `/metrics`.
///
/// Labels are bounded: of the tiers that peers name, the first ones keep their name.
public final class BrokerMetrics: Sendable {
    public let registry = PrometheusRegistry()
    private let tiers = LabelLimit(32)
    private let state = Mutex(State())
    private let losses = StepLosses()

    private struct State {
        var counters = RoutingCounters()
        var operatorRefusals: UInt64 = 0
        var refusedHandshakes: UInt64 = 0
        var lastCommit: Double?
        var cpuSeconds = 0.0
        var timers: [Kind: Metrics.Timer] = [:]
        var sent: [Direction: Counter] = [:]
        var knownTiers: Set<String> = []
        /// Of the newest round that was scored.
        var scores: (round: UInt32, means: ScoreMeans) = (0, ScoreMeans())
        /// Clusters that had a divergence at the last barrier.
        var clusters: Set<UInt32> = []
    }

    private struct Kind: Hashable {
        var tier: String
        var exchange: Exchange
    }

    /// The encoding of all bodies of this release.
    private static let encoding = "float32"

    /// - Parameters:
    ///   - release: this build.
    ///   - started: seconds since 1970.
    public init(release: String, started: Double) {
        for family in Self.families { registry.declare(family.name, family.kind, family.help, bounds: family.bounds) }
        meter("oxbow_build_info", [("version", release)]).set(1)
        meter("process_start_time_seconds").set(started)
        // What has not happened yet is 0, so that a rate is known from the first time on.
        for code in ErrorCode.allCases { counter("oxbow_refusals_total", [("code", "\(code)")]).increment(by: 0) }
        for name in Self.plainCounters { counter(name).increment(by: 0) }
        for direction in Direction.allCases { bytes(direction).increment(by: 0) }
        meter("oxbow_ready").set(0)
        meter("oxbow_scored_workers").set(0)
    }

    // MARK: Told by the shell

    func routed(_ message: RoutedMessage) {
        let tier = tiers.value(message.tier)
        let kind = Kind(tier: tier, exchange: message.exchange)
        let (counter, timer) = state.withLock { state in
            let counter = state.sent[message.direction] ?? bytes(message.direction)
            state.sent[message.direction] = counter
            guard message.duration != nil else { return (counter, Metrics.Timer?.none) }
            let timer =
                state.timers[kind]
                ?? Metrics.Timer(
                    label: "oxbow_exchange_seconds",
                    dimensions: [("tier", tier), ("exchange", String(message.exchange.rawValue))], factory: registry)
            state.timers[kind] = timer
            return (counter, timer)
        }
        counter.increment(by: message.byteCount)
        if let duration = message.duration { timer?.recordNanoseconds(Int64(duration.inSeconds * 1e9)) }
    }

    func refused(_ code: ErrorCode) { counter("oxbow_refusals_total", [("code", "\(code)")]).increment() }

    func ready(_ isReady: Bool) { meter("oxbow_ready").set(isReady ? 1 : 0) }

    func saw(_ snapshot: BrokerSnapshot) {
        count(snapshot)
        countWorkers(snapshot.status.members)
        for role in Role.allCases {
            let use = snapshot.credits[role] ?? CreditUse()
            meter("oxbow_credits", [("role", "\(role)")]).set(use.granted)
            meter("oxbow_credits_used", [("role", "\(role)")]).set(use.used)
        }
        meter("oxbow_held_messages").set(snapshot.heldCount)
        meter("oxbow_held_bytes").set(snapshot.heldBytes)
        meter("oxbow_waiting_messages").set(snapshot.waitingMessages)
        let runs = snapshot.status.runs
        meter("oxbow_runs_queued").set(runs.count { $0.state == .queued })
        let active = runs.first { $0.state == .running || $0.state == .waiting }
        meter("oxbow_run_active").set(active == nil ? 0 : 1)
        meter("oxbow_round").set(active?.round ?? 0)
        meter("oxbow_rounds").set(active?.rounds ?? 0)
        meter("oxbow_awaited_seconds").set(active?.awaitedSeconds ?? 0)
    }

    /// The shell knows sums; a counter wants what was added.
    private func count(_ snapshot: BrokerSnapshot) {
        let new = snapshot.status.counters ?? RoutingCounters()
        let (old, refusals, handshakes) = state.withLock { state in
            defer {
                (state.counters, state.operatorRefusals) = (new, snapshot.operatorRefusals)
                state.refusedHandshakes = snapshot.refusedHandshakes
            }
            return (
                state.counters, snapshot.operatorRefusals &- state.operatorRefusals,
                snapshot.refusedHandshakes &- state.refusedHandshakes
            )
        }
        counter("oxbow_messages_received_total").increment(by: Int64(new.received &- old.received))
        counter("oxbow_messages_delivered_total").increment(by: Int64(new.delivered &- old.delivered))
        counter("oxbow_messages_refused_total").increment(by: Int64(new.refused &- old.refused))
        counter("oxbow_messages_dropped_total").increment(by: Int64(new.dropped &- old.dropped))
        counter("oxbow_operator_refusals_total").increment(by: Int64(refusals))
        counter("oxbow_handshakes_refused_total").increment(by: Int64(handshakes))
    }

    private func countWorkers(_ members: [FleetStatus.Member]) {
        let counts = Dictionary(members.map { (Group(tiers.value($0.tier), $0.activity), 1) }, uniquingKeysWith: +)
        let known = state.withLock { state in
            state.knownTiers.formUnion(counts.keys.map(\.tier))
            return state.knownTiers
        }
        for tier in known {
            for activity in FleetStatus.Activity.all {
                meter("oxbow_workers", [("tier", tier), ("activity", activity.rawValue)])
                    .set(counts[Group(tier, activity)] ?? 0)
            }
        }
    }

    private struct Group: Hashable {
        var tier: String
        var activity: FleetStatus.Activity

        init(_ tier: String, _ activity: FleetStatus.Activity) { (self.tier, self.activity) = (tier, activity) }
    }

    /// - Parameter time: seconds since 1970.
    func take(_ note: BrokerNote, at time: Double) {
        switch note {
        case .lost: counter("oxbow_sessions_lost_total").increment()
        case .joined: counter("oxbow_sessions_total").increment()
        case .committed(let half) where half.half == .generator: committed(time)
        case .metrics: measured(note)
        case .barrier:
            counter("oxbow_rounds_total").increment()
            state.withLock { $0.lastCommit = nil }
        case .returned(let barrier, _):
            state.withLock { $0.lastCommit = nil }
            forgetScores(after: barrier)
        case .started:
            state.withLock { $0.lastCommit = nil }
            forgetScores(after: 0)
        case .ended: state.withLock { $0.lastCommit = nil }
        case .scores(_, let round, let scores?): take(scores, round)
        case .aggregation(let report): take(report)
        default: break
        }
    }

    private func committed(_ time: Double) {
        counter("oxbow_steps_total").increment()
        let before = state.withLock { state in
            defer { state.lastCommit = time }
            return state.lastCommit
        }
        guard let before, time >= before else { return }
        Metrics.Timer(label: "oxbow_step_seconds", factory: registry).recordNanoseconds(Int64((time - before) * 1e9))
    }

    /// Losses are means over a step's workers.
    private func measured(_ note: BrokerNote) {
        guard case .metrics(let member, let metrics) = note, member.role == .edge else { return }
        let means = losses.mean(metrics)
        meter("oxbow_loss", [("loss", "d_real")]).set(means.dReal)
        meter("oxbow_loss", [("loss", "d_fake")]).set(means.dFake)
        meter("oxbow_loss", [("loss", "g")]).set(means.g)
    }

    /// Scores are means over the workers that told those of the newest round; of older rounds they come too late.
    private func take(_ scores: GeneratorScores, _ round: UInt32) {
        let means = state.withLock { state -> ScoreMeans? in
            guard round >= state.scores.round else { return nil }
            if round > state.scores.round { state.scores = (round, ScoreMeans()) }
            state.scores.means.add(scores)
            return state.scores.means
        }
        guard let means else { return }
        meter("oxbow_scored_workers").set(means.workers)
        meter("oxbow_score", [("score", "image_score")]).set(means.imageScore)
        meter("oxbow_score", [("score", "label_accuracy")]).set(means.labelAccuracy)
        if let fid = means.fid { meter("oxbow_score", [("score", "fid")]).set(fid) }
    }

    private func forgetScores(after barrier: UInt32) {
        let isForgotten = state.withLock { state in
            guard state.scores.round > barrier else { return false }
            state.scores = (0, ScoreMeans())
            return true
        }
        if isForgotten { meter("oxbow_scored_workers").set(0) }
    }

    private func take(_ report: AggregationReport) {
        let clusters = Dictionary(grouping: report.entries, by: \.cluster).filter { $0.key < 16 }
        let gone = state.withLock { state in
            defer { state.clusters = Set(clusters.keys) }
            return state.clusters.subtracting(clusters.keys)
        }
        for cluster in gone { meter("oxbow_cluster_workers", [("cluster", "\(cluster)")]).set(0) }
        for (cluster, entries) in clusters {
            let divergence = entries.reduce(0) { $0 + $1.clusterDivergence } / Double(entries.count)
            meter("oxbow_cluster_workers", [("cluster", "\(cluster)")]).set(entries.count)
            meter("oxbow_cluster_divergence", [("cluster", "\(cluster)")]).set(divergence)
        }
    }

    // MARK: Told by the server

    func answered(_ status: Int) { counter("oxbow_http_requests_total", [("code", "\(status)")]).increment() }
    func streams(_ count: Int) { meter("oxbow_http_event_streams").set(count) }
    func streamDropped() { counter("oxbow_http_event_streams_dropped_total").increment() }

    /// What this process has used so far.
    func process(residentBytes: UInt64, cpuSeconds: Double) {
        meter("process_resident_memory_bytes").set(Double(residentBytes))
        let more = state.withLock { state in
            defer { state.cpuSeconds = max(state.cpuSeconds, cpuSeconds) }
            return max(0, cpuSeconds - state.cpuSeconds)
        }
        FloatingPointCounter(label: "process_cpu_seconds_total", factory: registry).increment(by: more)
    }

    private func counter(_ name: String, _ labels: [(String, String)] = []) -> Counter {
        Counter(label: name, dimensions: labels, factory: registry)
    }

    private func meter(_ name: String, _ labels: [(String, String)] = []) -> Meter {
        Meter(label: name, dimensions: labels, factory: registry)
    }

    private func bytes(_ direction: Direction) -> Counter {
        counter("oxbow_bulk_bytes_total", [("direction", "\(direction)"), ("encoding", Self.encoding)])
    }
}

/// Means of the step that is being told of.
private final class StepLosses: Sendable {
    private struct Step {
        var place: (round: UInt32, step: UInt32) = (0, 0)
        var sum = LossCurve.Losses()
        var count = 0.0
    }

    private let step = Mutex(Step())

    func mean(_ metrics: StepMetrics) -> LossCurve.Losses {
        step.withLock { step in
            if step.place != (metrics.round, metrics.step) { step = Step(place: (metrics.round, metrics.step)) }
            step.sum = step.sum + LossCurve.Losses(dReal: metrics.lossReal, dFake: metrics.lossFake, g: metrics.lossGenerator)
            step.count += 1
            return step.sum / step.count
        }
    }
}

extension FleetStatus.Activity {
    fileprivate static let all: [Self] = [.away, .idle, .loading, .computing, .waiting, .sidelined]
}
