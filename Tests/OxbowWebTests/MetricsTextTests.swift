import Metrics
import OxbowProtocol
import Testing

@testable import OxbowWeb

@Suite struct MetricsTextTests {
    private let metrics = BrokerMetrics(release: "1", started: 1.5e9)
    private func page() throws -> MetricsPage { try MetricsPage(metrics.registry.text) }

    private func message(_ tier: String, _ direction: Direction = .up, seconds: Double? = 0.03, bytes: Int = 100) -> RoutedMessage
    {
        RoutedMessage(
            tier: tier, exchange: .generatorActivations, direction: direction, byteCount: bytes,
            duration: seconds.map { .seconds($0) })
    }

    @Test func aBrokerThatDidNothingYetHasZeros() throws {
        let page = try page()
        #expect(page.value("oxbow_build_info", ["version": "1"]) == 1)
        #expect(page.value("process_start_time_seconds") == 1.5e9)
        #expect(page.value("oxbow_bulk_bytes_total", ["direction": "down", "encoding": "float32"]) == 0)
        #expect(page.value("oxbow_refusals_total", ["code": "creditExceeded"]) == 0)
        #expect(page.value("oxbow_steps_total") == 0)
    }

    @Test func messagesBecomeBytesAndTimes() throws {
        metrics.routed(message("small"))
        metrics.routed(message("small", seconds: 0.3))
        metrics.routed(message("core", .down, seconds: nil, bytes: 7))
        let page = try page()
        #expect(page.value("oxbow_bulk_bytes_total", ["direction": "up", "encoding": "float32"]) == 200)
        #expect(page.value("oxbow_bulk_bytes_total", ["direction": "down", "encoding": "float32"]) == 7)
        let labels = ["tier": "small", "exchange": "1"]
        func bucket(_ bound: String) -> Double? {
            page.value("oxbow_exchange_seconds_bucket", labels.merging(["le": bound]) { $1 })
        }
        #expect(bucket("0.02") == 0 && bucket("0.05") == 1 && bucket("0.2") == 1 && bucket("0.5") == 2 && bucket("+Inf") == 2)
        #expect(abs((page.value("oxbow_exchange_seconds_sum", labels) ?? 0) - 0.33) < 1e-6)
        #expect(page.value("oxbow_exchange_seconds_count", ["tier": "core", "exchange": "1"]) == nil, "it took no known time")
    }

    /// Whatever peers call their tiers, the page stays readable and bounded.
    @Test func namesOfPeersAreEscapedAndBounded() throws {
        let hostile = "a\"b\\c\nd\u{1b}e} 1\n# TYPE x counter"
        metrics.routed(message(hostile))
        for number in 0..<1000 { metrics.routed(message("tier \(number)")) }
        let page = try page()
        let tiers = Set(page.samples.filter { $0.name == "oxbow_exchange_seconds_count" }.compactMap { $0.labels["tier"] })
        #expect(tiers.count == 33 && tiers.contains("other") && tiers.contains("a\"b\\c\nd?e} 1\n# TYPE x counter"))
        #expect(page.value("oxbow_exchange_seconds_count", ["tier": "other", "exchange": "1"]) == 969)
    }

    @Test func notesAreCounted() throws {
        func commit(_ step: UInt32, at time: Double) {
            metrics.take(.committed(HalfStep(round: 1, step: step, half: .discriminator)), at: time)
            metrics.take(.committed(HalfStep(round: 1, step: step, half: .generator)), at: time)
        }
        metrics.take(.started(run: "r", membership: .strict), at: 1)
        commit(0, at: 10)
        commit(1, at: 10.15)
        metrics.take(.barrier(round: 1, digests: [], traffic: [:]), at: 12)
        commit(0, at: 100)
        for (slot, loss) in [(0, 1.0), (1, 3.0)] {
            metrics.take(.metrics(.edge(UInt32(slot)), StepMetrics(round: 1, step: 0, lossGenerator: loss)), at: 100)
        }
        metrics.take(.metrics(.core(), StepMetrics(round: 1, step: 0, lossGenerator: 99)), at: 100)
        metrics.take(.lost(.edge(1), reason: "gone"), at: 101)
        metrics.refused(.malformed)
        let page = try page()
        #expect(page.value("oxbow_steps_total") == 3 && page.value("oxbow_rounds_total") == 1)
        #expect(page.value("oxbow_step_seconds_count") == 1, "a step over a barrier is no step's time")
        #expect(page.value("oxbow_step_seconds_bucket", ["le": "0.2"]) == 1)
        #expect(page.value("oxbow_loss", ["loss": "g"]) == 2, "the mean over the step's workers")
        #expect(page.value("oxbow_sessions_lost_total") == 1)
        #expect(page.value("oxbow_refusals_total", ["code": "malformed"]) == 1)
    }

    @Test func sumsOfTheBrokerBecomeCounters() throws {
        var counters = RoutingCounters()
        for received in [5, 9] as [UInt64] {
            counters.received = received
            var credits = CreditUse()
            (credits.granted, credits.used) = (4, 1)
            metrics.saw(
                BrokerSnapshot(
                    status: FleetStatus(members: [], runs: [], counters: counters), credits: [.edge: credits], heldCount: 2,
                    heldBytes: 64, waitingMessages: 3, operatorRefusals: received))
        }
        let page = try page()
        #expect(page.value("oxbow_messages_received_total") == 9 && page.value("oxbow_operator_refusals_total") == 9)
        #expect(page.value("oxbow_credits", ["role": "edge"]) == 4 && page.value("oxbow_credits_used", ["role": "edge"]) == 1)
        #expect(page.value("oxbow_held_messages") == 2 && page.value("oxbow_waiting_messages") == 3)
    }

    private func scores(_ round: UInt32, _ slot: UInt32, _ imageScore: Double, fid: Double? = nil) -> BrokerNote {
        .scores(
            .edge(slot), round: round,
            GeneratorScores(samples: 100, imageScore: imageScore, fid: fid, labelAccuracy: 0.5, judgeAccuracy: 0.9))
    }

    @Test func scoresAreMeansOfTheNewestScoredRound() throws {
        #expect(try page().value("oxbow_scored_workers") == 0)
        for note in [
            scores(1, 0, 9), scores(2, 0, 1), scores(2, 1, 3, fid: 8), scores(1, 2, 9), .scores(.edge(2), round: 2, nil),
        ] {
            metrics.take(note, at: 1)
        }
        #expect(try page().value("oxbow_scored_workers") == 2)
        #expect(try page().value("oxbow_score", ["score": "image_score"]) == 2)
        #expect(try page().value("oxbow_score", ["score": "label_accuracy"]) == 0.5)
        #expect(try page().value("oxbow_score", ["score": "fid"]) == 8, "of those that have one")
        // The run returns to the barrier before, and tells others of round 2.
        metrics.take(.returned(barrier: 1, lacking: []), at: 2)
        #expect(try page().value("oxbow_scored_workers") == 0)
        metrics.take(scores(2, 0, 4), at: 3)
        #expect(try page().value("oxbow_score", ["score": "image_score"]) == 4)
        // The next run counts its rounds from 1.
        metrics.take(.started(run: "next", membership: .strict), at: 4)
        metrics.take(scores(1, 0, 7), at: 5)
        #expect(try page().value("oxbow_score", ["score": "image_score"]) == 7 && page().value("oxbow_scored_workers") == 1)
    }

    /// A cluster that vanished has no workers any more.
    @Test func clustersComeAndGo() throws {
        func report(_ clusters: [UInt32]) -> BrokerNote {
            .aggregation(
                AggregationReport(
                    round: 1,
                    entries: clusters.enumerated().map { slot, cluster in
                        .init(
                            slot: UInt32(slot), cluster: cluster, clusterDivergence: 0.5, globalDivergence: 1, clusterWeight: 1,
                            globalWeight: 1)
                    }))
        }
        metrics.take(report([0, 0, 1]), at: 1)
        #expect(try page().value("oxbow_cluster_workers", ["cluster": "1"]) == 1)
        metrics.take(report([0, 0, 0]), at: 2)
        #expect(try page().value("oxbow_cluster_workers", ["cluster": "1"]) == 0)
        #expect(try page().value("oxbow_cluster_divergence", ["cluster": "0"]) == 0.5)
    }

    @Test func everyFamilyKeepsTheConventions() {
        for family in BrokerMetrics.families {
            #expect((family.kind == .counter) == family.name.hasSuffix("_total"), "\(family.name)")
            #expect(family.help.hasSuffix(".") && !family.help.contains("\n"), "\(family.name)")
            #expect((family.kind == .histogram) == !family.bounds.isEmpty, "\(family.name)")
        }
    }

    @Test func numbersAreWrittenAsTheFormatWantsThem() {
        #expect(PrometheusText.number(3) == "3" && PrometheusText.number(0.25) == "0.25")
        #expect(PrometheusText.number(.infinity) == "+Inf" && PrometheusText.number(-.infinity) == "-Inf")
        #expect(PrometheusText.number(.nan) == "NaN" && PrometheusText.number(1e300) == "1e+300")
    }
}
