import OxbowModel
import Testing

@testable import OxbowProtocol

/// Links measured by what probes take.
@Suite struct LinkMeterTests {
    /// A link with so long a round trip and so many bytes a second each way.
    private func measure(_ trip: Duration, up: Double, down: Double) -> (quality: LinkQuality, sizes: [Int]) {
        var (meter, now, sizes) = (LinkMeter(), Duration.zero, [Int]())
        var probe = meter.start(at: now)
        while let sent = probe {
            sizes.append(max(sent.padding.count, Int(sent.answerBytes)))
            now += trip + .seconds(Double(sent.padding.count) / up + Double(sent.answerBytes) / down)
            probe = meter.answered(LinkProbe(number: sent.number), at: now)
        }
        return (meter.quality, sizes)
    }

    @Test func roundTripAndRatesAreFound() {
        let (quality, sizes) = measure(.milliseconds(20), up: 1e6, down: 4e6)
        #expect(quality.isMeasured)
        #expect(abs(quality.roundTripSeconds - 0.02) < 1e-9)
        #expect(abs(quality.upBytesPerSecond / 1e6 - 1) < 1e-6 && abs(quality.downBytesPerSecond / 4e6 - 1) < 1e-6)
        #expect(sizes == [0, 0, 0, 0, 0, 32 << 10, 128 << 10, 32 << 10, 128 << 10, 512 << 10])
    }

    @Test func slowLinksAreMeasuredWithTheSmallestSize() {
        let (quality, sizes) = measure(.milliseconds(100), up: 20_000, down: 20_000)
        #expect(sizes == [0, 0, 0, 0, 0, 32 << 10, 32 << 10])
        #expect(abs(quality.upBytesPerSecond / 20_000 - 1) < 1e-6)
    }

    @Test func aTripLongerThanTheBytesGivesNoEndlessRate() {
        let (quality, _) = measure(.milliseconds(300), up: 1e12, down: 1e12)
        #expect(quality.upBytesPerSecond.isFinite && quality.upBytesPerSecond < 1e8)
    }

    @Test func aLostAnswerIsAskedForAgain() {
        var meter = LinkMeter()
        let lost = meter.start(at: .zero)!
        #expect(meter.tick(at: .seconds(60)) == nil)
        let again = meter.tick(at: .seconds(61))
        #expect(again != nil && again?.number != lost.number)
        // The first answer comes after all: it would be timed from the wrong moment.
        #expect(meter.answered(LinkProbe(number: lost.number), at: .seconds(62)) == nil)
        #expect(meter.answered(LinkProbe(number: again!.number), at: .seconds(62)) != nil)
    }

    @Test func aMemberTellsTheBrokerOnceAndGoesByItInLaterSessions() {
        var script = MemberScript()
        script.welcome(probesLink: true)
        while let probe = script.directives.probe, !script.member.meter.quality.isMeasured {
            script.now += .milliseconds(150)
            script.hear(.probe(LinkProbe(number: probe.number)), lane: .bulk)
        }
        let told = script.directives.said.filter { if case .link = $0 { true } else { false } }
        #expect(told == [.link(script.member.meter.quality)])
        let again = script.hear(.error(.notWelcome, message: "")).said
        #expect(again.contains { if case .hello(let hello) = $0 { hello.link == script.member.meter.quality } else { false } })
    }

    @Test func anInterruptedMeasurementBeginsAnew() {
        var script = MemberScript()
        script.welcome(probesLink: true)
        script.hear(.error(.notWelcome, message: ""))
        script.epoch = 2
        script.welcome(probesLink: true)
        #expect(script.directives.probe?.number == 2)
    }

    @Test func aRunWaitsForLinksThatNobodyDescribed() {
        var script = BrokerScript(BrokerSettings(probesLinks: true), [BrokerScript.settings()])
        for (index, name) in ["a", "b"].enumerated() { script.join(name, index: UInt64(index)) }
        script.join("core", .core, index: 90)
        #expect(script.broker.awaited() == ["worker-0", "worker-1", "core-0"].map { "\($0) to measure its link" })
        let link = LinkQuality(roundTripSeconds: 0.1, upBytesPerSecond: 1, downBytesPerSecond: 1)
        for member in [MemberID.edge(0), .edge(1), .core()] { script.say(.link(link), member) }
        #expect(script.broker.run?.phase == .loading(barrier: 0))
    }
}
