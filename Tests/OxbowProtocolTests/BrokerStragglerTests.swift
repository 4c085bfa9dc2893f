import OxbowModel
import Testing

@testable import OxbowProtocol

/// Deadlines that are learnt, and who sits out.
@Suite struct BrokerStragglerTests {
    private static let demands = [Demand(tier: "small", workers: 2), Demand(tier: "large", workers: 1)]

    /// Slots 0 and 1 are small, 2 is large.
    private func fleet(
        _ membership: Membership = .elastic, patience: Double = 1, quorum: Double = 0.1, rounds: UInt32 = 40
    ) -> BrokerScript {
        let run = BrokerScript.settings(
            "run", membership, demands: Self.demands, quorum: quorum, patience: patience, rounds: rounds)
        var script = BrokerScript(BrokerSettings(heartbeat: .seconds(100_000)), [run])
        for (index, name) in ["a", "b"].enumerated() { script.join(name, index: UInt64(index)) }
        script.join("c", tier: "large", index: 2)
        script.join("core", .core, index: 90)
        script.readyAll()
        return script
    }

    private let pace: [UInt32: Duration] = [0: .seconds(1), 1: .seconds(1), 2: .milliseconds(100)]

    /// Slot 0 says nothing in the first exchange of the half under way, for so long.
    private func dawdle(_ script: inout BrokerScript, _ slot: UInt32 = 0, for time: Duration) {
        for other in script.order?.members ?? [] where other != slot {
            script.pass(script.broker.exchanges(script.order!.next)[0], .up, slot: other)
        }
        script.now += time
        script.tell(.tick)
    }

    @Test func nothingIsKnownBeforeTheEighthTime() {
        var script = fleet()
        for _ in 0..<3 { script.step(taking: pace) }  // six times of each kind; a barrier after the second
        if case .barrier? = script.order?.next { script.carryOut(taking: pace) }
        dawdle(&script, for: .seconds(10_000))
        #expect(script.directives.sidelined.isEmpty)
    }

    @Test func deadlinesAreLearntByTier() {
        var script = fleet()
        for _ in 0..<10 { script.round(taking: pace) }
        let deadlines = script.broker.run!.times.deadlines(patience: 1)
        #expect(Set(deadlines.map(\.tier)) == ["small", "large"])
        // 4 x 1 s + 8 x 0 + 0.5 s, and 4 x 0.1 s + 0.5 s.
        #expect(deadlines.filter { $0.tier == "small" }.allSatisfy { $0.deadlineSeconds == 4.5 })
        #expect(deadlines.filter { $0.tier == "large" }.allSatisfy { $0.deadlineSeconds == 0.9 })
        #expect(script.broker.status(at: script.now).runs[0].deadlines == ["small": 4.5, "large": 0.9])
        #expect(script.broker.run!.times.deadlines(patience: 3).first?.deadlineSeconds == 2.7)
    }

    @Test func whoIsLateWhileAllOthersAreThereSitsOut() {
        var script = fleet()
        for _ in 0..<10 { script.round(taking: pace) }
        dawdle(&script, for: .milliseconds(4_400))
        #expect(script.directives.sidelined.isEmpty)
        script.now += .milliseconds(200)
        script.tell(.tick)
        #expect(script.directives.sidelined == [.edge(0)])
        #expect(script.order?.members == [1, 2])
        #expect(script.directives.losses == 0)
        #expect(script.broker.status(at: script.now).members[0].activity == .sidelined)
        // It goes on from its own state of the last barrier, and enters at the next one.
        #expect(script.directives.plans.last?.barrier == 10)
        script.say(.ready(barrier: 10, digest: []), .edge(0))
        script.round(taking: pace)
        #expect(script.broker.run?.active == [0, 1, 2] && script.broker.run?.lastBarrier == 11)
    }

    @Test func nobodyIsLateWhileAnotherIsAwaitedInTime() {
        var script = fleet()
        for _ in 0..<10 { script.round(taking: pace) }
        script.pass(.generatorActivations, .up, slot: 1)
        script.now += .seconds(3)  // too long for the large one, not for the small one
        script.tell(.tick)
        #expect(script.directives.sidelined.isEmpty)
    }

    @Test func patienceStretchesEveryDeadline() {
        var script = fleet(patience: 10)
        for _ in 0..<10 { script.round(taking: pace) }
        dawdle(&script, for: .seconds(44))
        #expect(script.directives.sidelined.isEmpty)
        script.now += .seconds(2)
        script.tell(.tick)
        #expect(script.directives.sidelined == [.edge(0)])
    }

    @Test func neitherTheCoreNorAStrictRunNorTheQuorumIsHurried() {
        var script = fleet()
        for _ in 0..<10 { script.round(taking: pace) }
        for slot in 0..<3 as Range<UInt32> { script.pass(.generatorActivations, .up, slot: slot) }
        script.now += .seconds(10_000)
        script.tell(.tick)
        #expect(script.directives.sidelined.isEmpty && script.broker.awaited() == ["core-0"])

        for var other in [fleet(.strict), fleet(quorum: 1)] {
            for _ in 0..<10 { other.round(taking: pace) }
            dawdle(&other, for: .seconds(10_000))
            #expect(other.directives.sidelined.isEmpty)
            #expect(other.broker.awaited() == ["worker-0"])
        }
    }

    @Test func eachTimeInARowDoublesTheBarriersSatOut() {
        var script = fleet()
        for _ in 0..<10 { script.round(taking: pace) }
        for expected in [1, 2, 4, 8, 8] as [UInt32] {
            dawdle(&script, for: .seconds(100))
            #expect(script.broker.run?.active == [1, 2])
            let begun = script.broker.run!.lastBarrier
            script.say(.ready(barrier: begun, digest: []), .edge(0))
            while script.broker.run?.active == [1, 2], script.broker.run!.lastBarrier < begun + 20 {
                script.carryOut(taking: pace)
            }
            // Let in at the end of the last of the rounds that it sat out.
            #expect(script.broker.run?.position.round == begun + expected)
            script.carryOut(taking: pace)  // that barrier
        }
        script.round(taking: pace)
        #expect(script.broker.run?.sidelined.isEmpty == true)
    }

    @Test func whoIsTooSlowAndWishedToGoGoes() {
        var script = fleet()
        for _ in 0..<10 { script.round(taking: pace) }
        script.say(.leaving(reason: "rain"), .edge(0))
        dawdle(&script, for: .seconds(100))
        #expect(script.directives.sidelined == [.edge(0)] && script.directives.farewells == ["rain"])
    }

    @Test func sidelinedThenLostThenBackItStillSitsOut() {
        var script = fleet()
        for _ in 0..<10 { script.round(taking: pace) }
        for _ in 0..<2 {
            dawdle(&script, for: .seconds(100))
            script.say(.ready(barrier: script.broker.run!.lastBarrier, digest: []), .edge(0))
            while script.broker.run?.active == [1, 2], script.broker.run?.sidelined[0]?.times == 1 {
                script.carryOut(taking: pace)
            }
            if script.broker.run?.active == [0, 1, 2] { script.carryOut(taking: pace) }
        }
        #expect(script.broker.run?.sidelined[0]?.times == 2)
        let term = script.broker.term
        script.tell(.unreachable(ConnectionID(10)))
        #expect(script.broker.term == term)  // nobody waits for it
        script.join("a", index: 7, nonce: 1 << 20)
        script.say(.ready(barrier: 0, digest: []), .edge(0))
        script.round(taking: pace)
        #expect(script.broker.run?.active == [1, 2])
        script.round(taking: pace)
        #expect(script.broker.run?.active == [0, 1, 2])
    }
}
