import Testing

@testable import OxbowProtocol

@Suite struct SessionAllowanceTests {
    @Test func soManyAtOnceThenSoManyASecond() {
        var allowance = SessionAllowance(atOnce: 3, perSecond: 2)
        let atOnce = (0..<5).filter { _ in allowance.take(at: .seconds(7)) }
        #expect(atOnce == [0, 1, 2])
        #expect(allowance.take(at: .milliseconds(7_400)) == false)
        #expect(allowance.take(at: .milliseconds(7_600)) == true)
        // A pause brings back no more than there may be at once.
        #expect((0..<9).filter { _ in allowance.take(at: .seconds(9999)) }.count == 3)
    }

    private func script(atOnce: Int) -> BrokerScript {
        var settings = BrokerSettings()
        (settings.sessionsAtOnce, settings.sessionsPerSecond) = (atOnce, 1)
        return BrokerScript(
            settings,
            [RunSettings(membership: .elastic, demands: [Demand(tier: "small", workers: 2)], template: BrokerScript.template)])
    }

    private func records(_ directives: [BrokerDirective]) -> Int {
        directives.count { if case .journal = $0 { true } else { false } }
    }

    @Test func helloBeyondTheAllowanceCostsNothingAndIsHeardLater() {
        var script = script(atOnce: 5)
        for number in 0..<5 as Range<UInt64> { #expect(records(script.hello("x\(number)", on: number)) == 1) }
        for number in 5..<500 as Range<UInt64> {
            let answer = script.hello("x\(number)", on: number)
            #expect(records(answer) == 0 && answer.count == 1, "\(answer)")
        }
        #expect(script.broker.members.count == 5)
        script.now += .seconds(1)
        #expect(records(script.hello("x400", on: 400)) == 1)
        #expect(script.broker.members.count == 6)
    }

    @Test func strangersDoNotUseUpTheSessionsOfThoseWhomARunNeeds() {
        var script = script(atOnce: 6)
        script.join("a", index: 0)
        script.join("b", index: 1)
        script.join("core", .core, index: 2)
        #expect(script.broker.run?.plan != nil)
        for number in 100..<200 as Range<UInt64> { script.hello("x\(number)", on: number) }
        for nonce in 1...16 as ClosedRange<UInt64> {
            #expect(records(script.hello("a", on: 1000 + nonce, nonce: nonce << 32)) >= 1, "\(nonce)")
            #expect(records(script.hello("core", .core, on: 2000 + nonce, nonce: nonce << 32)) >= 1, "\(nonce)")
        }
        // Somebody who only says hello as one of them does not keep the broker busy either.
        #expect(records(script.hello("a", on: 3000, nonce: 99 << 32)) == 0)
    }
}
