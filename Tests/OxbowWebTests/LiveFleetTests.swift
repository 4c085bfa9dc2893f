import Foundation
import Logging
import NIOCore
import OxbowProtocol
import OxbowReport
import Synchronization
import Testing

@testable import OxbowWeb

@Suite struct LiveFleetTests {
    private func metrics(_ round: UInt32, _ step: UInt32, _ loss: Double) -> StepMetrics {
        StepMetrics(round: round, step: step, lossReal: loss, lossFake: loss, lossGenerator: loss)
    }

    @Test func lossesAreMeansOverWorkers() {
        var curve = LossCurve()
        for (step, loss) in [(1, 1.0), (1, 3.0), (2, 5.0), (3, 0.0)] { curve.add(metrics(1, 0, loss), step: step) }
        #expect(curve.points.map(\.step) == [1, 2] && curve.points.map(\.losses.g) == [2, 5])
        #expect(curve.newest?.g == 0)
    }

    /// Of a million steps a few hundred points stay, and their mean is that of all.
    @Test func aCurveOfAnyLengthTakesTheSameRoom() {
        var curve = LossCurve()
        for step in 1...100_000 { curve.add(metrics(1, 0, Double(step)), step: step) }
        #expect((LossCurve.mostPoints / 2 - 1...LossCurve.mostPoints).contains(curve.points.count), "\(curve.points.count)")
        #expect(zip(curve.points, curve.points.dropFirst()).allSatisfy { $0.step < $1.step && $0.losses.g < $1.losses.g })
    }

    @Test func aReturnToABarrierTakesBackWhatCameAfterIt() {
        var curve = LossCurve()
        for step in 1...10 { curve.add(metrics(1, 0, 1), step: step) }
        curve.rewind(to: 4)
        #expect(curve.points.map(\.step) == [1, 2, 3, 4])
        for step in 5...7 { curve.add(metrics(1, 0, 2), step: step) }
        #expect(curve.points.map(\.step) == [1, 2, 3, 4, 5, 6] && curve.points.last?.losses.g == 2)
    }

    private func scores(_ imageScore: Double, fid: Double? = nil) -> GeneratorScores {
        GeneratorScores(samples: 10, imageScore: imageScore, fid: fid, labelAccuracy: 0.5, judgeAccuracy: 0.9)
    }

    @Test func scoresAreMeansByTierAndRound() {
        var curves = ScoreCurves()
        curves.add(scores(1), round: 1, tier: "small")
        curves.add(scores(3, fid: 7), round: 1, tier: "small")
        curves.add(scores(4), round: 2, tier: "large")
        #expect(
            curves.imageScores == [
                .init(name: "large", points: [.init(x: 2, y: 4)]), .init(name: "small", points: [.init(x: 1, y: 2)]),
            ])
        #expect(curves.fids == [.init(name: "small", points: [.init(x: 1, y: 7)])])
        curves.rewind(to: 1)
        #expect(curves.imageScores.map(\.name) == ["small"])
        for number in 0..<2000 { curves.add(scores(2), round: number, tier: "tier-\(number)") }
        #expect(curves.imageScores.count <= 7 && curves.imageScores.reduce(0) { $0 + $1.points.count } <= 512)
    }

    @Test func scoresOfARunAreDrawn() {
        var fleet = LiveFleet()
        #expect(fleet.charts["image_score"]?.contains("no numbers") == true && fleet.charts["fid"] != nil)
        for round in 1...3 as ClosedRange<UInt32> {
            _ = fleet.take(.scores(.edge(0), round: round, scores(2, fid: 9)), sentence: nil, at: 1)
        }
        for chart in ["image_score", "fid"] { #expect(fleet.charts[chart]?.contains("no numbers") == false, "\(chart)") }
        _ = fleet.take(.started(run: "next", membership: .strict), sentence: nil, at: 2)
        #expect(fleet.charts["image_score"]?.contains("no numbers") == true)
    }

    @Test func eventsAreBoundedAndSayWhatIsBad() {
        var fleet = LiveFleet()
        _ = fleet.take(.started(run: "base", membership: .strict), sentence: "run base begins", at: 1)
        for number in 0..<300 { _ = fleet.take(.lost(.edge(0), reason: ""), sentence: "lost \(number)", at: Double(number)) }
        #expect(fleet.events.count == LiveFleet.mostEvents && fleet.events.first?.text == "lost 299")
        #expect(fleet.events.allSatisfy { $0.weight == .bad && $0.run == "base" })
        #expect(fleet.events.first?.number == 301)
        #expect(fleet.take(.metrics(.edge(0), metrics(1, 0, 1)), sentence: nil, at: 1).event == nil)
    }

    @Test func aStepIsToldWithItsTime() {
        var fleet = LiveFleet()
        _ = fleet.take(.started(run: "base", membership: .strict), sentence: nil, at: 1)
        func commit(_ step: UInt32, _ half: Half, _ time: Double) -> LiveStep? {
            fleet.take(.committed(HalfStep(round: 2, step: step, half: half)), sentence: nil, at: time).step
        }
        #expect(commit(0, .discriminator, 1) == nil)
        #expect(commit(0, .generator, 2) == LiveStep(run: "base", round: 2, step: 1, seconds: nil))
        #expect(commit(1, .generator, 2.5) == LiveStep(run: "base", round: 2, step: 2, seconds: 0.5))
    }

    /// What a peer says reaches the page inside strings of JSON only; an event of it is one line.
    @Test func wordsOfPeersStayWords() throws {
        let words = "</script><img src=x onerror=alert(1)>\n\ndata: x\r\u{2028}\u{0}\"'&"
        var fleet = LiveFleet()
        _ = fleet.take(.lost(.edge(0), reason: words), sentence: words, at: 1)
        let status = fleet.status(
            .init(release: "1", endpoint: words, started: 0, unready: nil, isEnded: false), grids: [], isWhole: true, at: 2)
        let json = try LiveJSON.encoder.encode(status)
        #expect(!json.contains(0x0A) && !json.contains(0x0D) && !json.contains(0))
        let read = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        #expect(((read["events"] as? [[String: Any]])?.first?["text"] as? String) == words)
        #expect(read["memberCount"] == nil && read["member_count"] as? Int == 0)
    }

    @Test func chartsAreEscaped() {
        let svg = LiveChart.svg(
            "<b>&", [.init(name: "<script>", points: [.init(x: 1, y: 1), .init(x: 2, y: .nan)])], unit: "\"><i>")
        #expect(!svg.contains("<b>") && !svg.contains("<script>") && !svg.contains("<i>") && svg.hasPrefix("<svg"))
        #expect(LiveFleet().charts["loss"]?.contains("no numbers") == true)
    }

    /// The page holds nothing that is not its own, and runs under a policy that lets nothing else in.
    @Test func thePageIsWholeAndClosed() {
        #expect(LivePage.html.hasPrefix("<!DOCTYPE html>") && LivePage.html.contains("viewport"))
        for remote in ["http:", "https:", "//cdn", "@import", "url("] { #expect(!LivePage.html.contains(remote), "\(remote)") }
        for word in ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"] {
            #expect(LivePage.policy.contains(word))
        }
        #expect(!LivePage.policy.contains("unsafe") && !LivePage.policy.contains("\n"))
        #expect(!LivePage.html.contains(" style=\"") && !LivePage.html.contains(" onclick"), "the policy would refuse it")
        // innerHTML is for the server's own drawings.
        #expect(LivePageScript.text.components(separatedBy: "innerHTML").count == 2)
    }

    @Test func aBrokerThatDoesNotTurnIsNotHealthy() async throws {
        let health = BrokerHealth(mostSilent: .milliseconds(20), mostPreparing: .seconds(60))
        #expect(health.stuck == nil && health.unready == "the broker does not serve yet")
        health.turned(unwritable: "No space left on device")
        #expect(health.stuck == nil || health.unready?.contains("not turned") == true)
        #expect(health.unready != nil)
        health.turned(unwritable: nil)
        try await Task.sleep(for: .milliseconds(40))
        #expect(health.stuck?.contains("has not turned") == true && health.unready == health.stuck)
        let patient = BrokerHealth()
        patient.turned(unwritable: "No space left on device")
        #expect(patient.stuck == nil && patient.unready == "the journal cannot be written: No space left on device")
        patient.turned(unwritable: nil)
        #expect(patient.unready == nil)
    }

    /// Who does not read is let go; those who do get everything, in order.
    @Test func aSlowReaderIsLetGo() async throws {
        let metrics = BrokerMetrics(release: "1", started: 0)
        let hub = EventHub(metrics)
        let closed = Flag()
        guard let slow = hub.listen(first: [], close: { closed.set() }) else { throw Full() }
        for number in 0..<EventHub.mostWaiting { hub.send(ByteBuffer(integer: number)) }
        #expect(!closed.isSet && !hub.isEmpty)
        guard let quick = hub.listen(first: [ByteBuffer(integer: -1)], close: { Issue.record("it reads") }) else { throw Full() }
        hub.send(ByteBuffer(integer: -2))
        #expect(closed.isSet)
        hub.close()
        var got: [Int] = []
        for await event in quick.events { got.append(event.getInteger(at: 0) ?? 0) }
        #expect(got == [-1, -2])
        var left = 0
        for await _ in slow.events { left += 1 }
        #expect(left == EventHub.mostWaiting)
        #expect(try MetricsPage(metrics.registry.text).value("oxbow_http_event_streams_dropped_total") == 1)
        #expect(listens(hub) == nil, "it is closed")
    }

    private func listens(_ hub: EventHub) -> Int? { hub.listen(first: [], close: {})?.number }

    @Test func soManyMayListen() throws {
        let hub = EventHub(BrokerMetrics(release: "1", started: 0))
        let streams = (0..<EventHub.mostListeners).compactMap { _ in listens(hub) }
        #expect(streams.count == EventHub.mostListeners && listens(hub) == nil)
        hub.forget(try #require(streams.first))
        #expect(listens(hub) != nil)
    }
}

private struct Full: Error {}

private final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}
