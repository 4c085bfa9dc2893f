import OxbowModel
import OxbowProtocol
import OxbowReport
import OxbowScheduling

/// What a broker's notes and snapshots add up to, for the page.
struct LiveFleet: Sendable {
    private(set) var snapshot: BrokerSnapshot?
    /// The newest run that began.
    private(set) var run: String?
    private(set) var round = 0
    private(set) var events: [LiveEvent] = []
    private(set) var losses = LossCurve()
    /// Mean distances of clusters' workers from their cluster, by round.
    private(set) var divergences: [Int: [Int: Double]] = [:]
    private(set) var scores = ScoreCurves()
    private var plan: Plan?
    private var amendment: (round: UInt32, assignments: [Assignment])?
    private var scheduled: (planner: String, cost: PlanCost?)?
    private var stepsPerRound = 1
    private var lastCommit: Double?
    private var eventCount = 0
    private var bytes: [Direction: UInt64] = [:]
    /// Smoothed times of a kind of message.
    private var exchangeSeconds: [Kind: Double] = [:]

    private struct Kind: Hashable {
        var tier: String
        var exchange: UInt8
    }

    static let mostEvents = 100
    private static let mostRounds = 512
    private static let mostKinds = 512
    /// Workers of a plan and members that a page shows one by one.
    static let mostShown = 200

    mutating func saw(_ snapshot: BrokerSnapshot) { self.snapshot = snapshot }

    mutating func routed(_ message: RoutedMessage) {
        bytes[message.direction, default: 0] += UInt64(message.byteCount)
        guard let seconds = message.duration?.inSeconds else { return }
        let kind = Kind(tier: message.tier, exchange: message.exchange.rawValue)
        guard let known = exchangeSeconds[kind] else {
            if exchangeSeconds.count < Self.mostKinds { exchangeSeconds[kind] = seconds }
            return
        }
        exchangeSeconds[kind] = known + (seconds - known) / 16
    }

    /// - Parameter sentence: the note in words, if it has any.
    /// - Returns: what is to be told at once.
    mutating func take(_ note: BrokerNote, sentence: String?, at time: Double) -> (event: LiveEvent?, step: LiveStep?) {
        let step = change(note, time)
        guard let sentence else { return (nil, step) }
        eventCount += 1
        let event = LiveEvent(
            number: eventCount, time: time, text: String(sentence.prefix(500)), weight: Self.weight(note), run: run,
            round: round > 0 ? round : nil)
        events.insert(event, at: 0)
        if events.count > Self.mostEvents { events.removeLast() }
        return (event, step)
    }

    private static func weight(_ note: BrokerNote) -> LiveEvent.Weight {
        switch note {
        case .lost, .refused, .stalled, .saveFailed, .sidelined, .returned, .ended(.failed), .ended(.infeasible): .bad
        default: .usual
        }
    }

    private mutating func change(_ note: BrokerNote, _ time: Double) -> LiveStep? {
        switch note {
        case .started(let run, _): begin(run)
        case .planned(let plan):
            self.plan = plan
            stepsPerRound = max(1, Int(plan.stepsPerRound))
        case .scheduled(let planner, let cost): scheduled = (planner, cost)
        case .amended(let round, let assignments): amendment = (round, assignments)
        case .returned(let barrier, _):
            losses.rewind(to: Int(barrier) * stepsPerRound)
            divergences = divergences.filter { $0.key <= Int(barrier) }
            scores.rewind(to: Int(barrier))
            (round, lastCommit) = (Int(barrier) + 1, nil)
        case .ordered(let order):
            if case .half(let half, _) = order.next { round = Int(half.round) }
        case .committed(let half): return committed(half, time)
        case .metrics(let member, let metrics) where member.role == .edge:
            let before = max(0, Int(metrics.round) - 1) * stepsPerRound
            losses.add(metrics, step: before + Int(metrics.step) + 1)
        case .aggregation(let report): take(report)
        case .scores(let member, let round, let scores?):
            let tier = plan?.assignments.first { $0.slot == member.slot }?.tier
            self.scores.add(scores, round: Int(round), tier: tier ?? "")
        case .barrier(let round, _, _):
            if let amendment, amendment.round == round { plan?.assignments = amendment.assignments }
            (amendment, lastCommit) = (nil, nil)
        default: break
        }
        return nil
    }

    private mutating func begin(_ run: String) {
        // A broker that goes on with a run says again that it begins.
        guard self.run != run else { return }
        (self.run, round, plan, amendment, scheduled, lastCommit) = (run, 0, nil, nil, nil, nil)
        (losses, divergences, scores) = (LossCurve(), [:], ScoreCurves())
        exchangeSeconds.removeAll()
    }

    private mutating func committed(_ half: HalfStep, _ time: Double) -> LiveStep? {
        guard half.half == .generator, let run else { return nil }
        defer { lastCommit = time }
        return LiveStep(
            run: run, round: Int(half.round), step: Int(half.step) + 1, seconds: lastCommit.map { max(0, time - $0) })
    }

    private mutating func take(_ report: AggregationReport) {
        let clusters = Dictionary(grouping: report.entries, by: \.cluster).filter { $0.key < 8 }
        divergences[Int(report.round)] = Dictionary(
            uniqueKeysWithValues: clusters.map { cluster, entries in
                (Int(cluster), entries.reduce(0) { $0 + $1.clusterDivergence } / Double(entries.count))
            })
        if divergences.count > Self.mostRounds, let oldest = divergences.keys.min() { divergences[oldest] = nil }
    }

    // MARK: What is shown

    /// - Parameter isWhole: with all members, the plan and the events.
    func status(_ broker: LiveStatus.Broker, grids: [LiveStatus.Grid], isWhole: Bool, at time: Double) -> LiveStatus {
        let members = snapshot?.status.members ?? []
        let runs = snapshot?.status.runs ?? []
        var broker = broker
        broker.isInsecure = snapshot?.status.isInsecure ?? false
        let queued = runs.filter { $0.state == .queued }
        let shown =
            runs.last { $0.state == .running || $0.state == .waiting } ?? runs.last { $0.id == run && $0.state != .queued }
        return LiveStatus(
            broker: broker, time: time, tiers: tiers(members), members: isWhole ? members : Array(members.prefix(Self.mostShown)),
            memberCount: members.count, run: shown, queue: Array(queued.prefix(20)), queueCount: queued.count,
            losses: losses.newest.map { LiveStatus.Losses(dReal: $0.dReal, dFake: $0.dFake, g: $0.g) }, traffic: traffic,
            plan: isWhole ? livePlan : nil, grids: isWhole ? grids : nil, events: isWhole ? events : nil)
    }

    private func tiers(_ members: [FleetStatus.Member]) -> [LiveStatus.Tier] {
        Dictionary(grouping: members, by: \.tier).sorted { $0.key < $1.key }.map { tier, members in
            let speeds = members.map(\.gflops).filter { $0 > 0 }.sorted()
            let known = exchangeSeconds.filter { $0.key.tier == tier }
            return LiveStatus.Tier(
                name: tier, connected: members.count { $0.isConnected }, total: members.count,
                activities: Dictionary(members.map { ($0.activity.rawValue, 1) }, uniquingKeysWith: +),
                gflops: speeds.isEmpty ? 0 : speeds[speeds.count / 2],
                exchangeSeconds: Dictionary(uniqueKeysWithValues: known.map { (String($0.key.exchange), $0.value) }))
        }
    }

    private var traffic: LiveStatus.Traffic {
        var traffic = LiveStatus.Traffic(upBytes: bytes[.up] ?? 0, downBytes: bytes[.down] ?? 0)
        guard let snapshot else { return traffic }
        if let counters = snapshot.status.counters {
            (traffic.received, traffic.delivered) = (counters.received, counters.delivered)
            (traffic.refused, traffic.dropped) = (counters.refused, counters.dropped)
        }
        (traffic.heldMessages, traffic.heldBytes) = (snapshot.heldCount, snapshot.heldBytes)
        traffic.creditsGranted = snapshot.credits.values.reduce(0) { $0 + $1.granted }
        traffic.creditsUsed = snapshot.credits.values.reduce(0) { $0 + $1.used }
        return traffic
    }

    private var livePlan: LivePlan? {
        plan.map { plan in
            LivePlan(
                planner: scheduled?.planner, costModel: scheduled?.cost?.model, seconds: scheduled?.cost?.seconds,
                gap: scheduled?.cost?.gap, batch: plan.batch,
                workers: plan.assignments.prefix(Self.mostShown).map { worker in
                    let cuts = worker.cuts
                    return LivePlan.Worker(
                        member: MemberID.edge(worker.slot).description, name: worker.workerID, tier: worker.tier,
                        cuts: [cuts.generatorHead, cuts.generatorTail, cuts.discriminatorHead, cuts.discriminatorTail],
                        samples: worker.samples)
                })
        }
    }

    /// Curves of the newest run, as `svg` elements by name.
    var charts: [String: String] {
        func curve(_ name: String, _ value: (LossCurve.Losses) -> Double) -> LiveChart.Curve {
            LiveChart.Curve(name: name, points: losses.points.map { .init(x: $0.step, y: value($0.losses)) })
        }
        let rounds = divergences.sorted { $0.key < $1.key }
        let clusters = Set(rounds.flatMap(\.value.keys)).sorted()
        return [
            "loss": LiveChart.svg(
                "loss", [curve("D on real", \.dReal), curve("D on fake", \.dFake), curve("G", \.g)], unit: "step"),
            "divergence": LiveChart.svg(
                "divergence",
                clusters.map { cluster in
                    LiveChart.Curve(
                        name: "cluster \(cluster)",
                        points: rounds.compactMap { round, means in means[cluster].map { .init(x: round, y: $0) } })
                }, unit: "round"),
            "image_score": LiveChart.svg("image score", scores.imageScores, unit: "round"),
            "fid": LiveChart.svg("FID", scores.fids, unit: "round"),
        ]
    }
}
