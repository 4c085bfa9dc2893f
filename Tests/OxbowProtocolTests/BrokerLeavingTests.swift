import OxbowModel
import Testing

@testable import OxbowProtocol

/// Those who wish to go.
@Suite struct BrokerLeavingTests {
    private func fleet(_ membership: Membership = .elastic, quorum: Double = 0.1, edges: Int = 3) -> BrokerScript {
        let demands = [Demand(tier: "small", workers: edges)]
        return .fleet(
            (0..<edges).map { "w\($0)" }, BrokerScript.settings("run", membership, demands: demands, quorum: quorum))
    }

    @Test func leavingIsGrantedAtTheEndOfTheStep() {
        var script = fleet()
        #expect(script.say(.leaving(reason: "rain"), .edge(1)).isEmpty)
        script.carryOut()
        #expect(script.directives.farewells.isEmpty)
        script.carryOut()
        #expect(script.directives.farewells == ["rain"])
        let order = script.order
        #expect(order?.members == [0, 2] && order?.term == 2)
        #expect(order?.commit == .half(HalfStep(round: 1, step: 0, half: .generator)))
        #expect(order?.next == .half(HalfStep(round: 1, step: 1, half: .discriminator), regenerate: false))
        // It is gone, not lost; and it may come back, at a barrier.
        #expect(script.directives.losses == 0 && script.broker.members[.edge(1)]?.isComplete == false)
        script.join("w1", index: 1, nonce: 1 << 20)
        script.say(.ready(barrier: 0, digest: []), .edge(1))
        script.round()
        #expect(script.broker.run?.active == [0, 1, 2])
    }

    /// Whoever went with a goodbye is forgotten by the status, unless a place is kept; whoever was lost is away.
    @Test func statusHasNoneWhoLeft() {
        func names(_ broker: BrokerMachine) -> [String] { broker.status(at: .zero).members.map(\.workerID) }
        var script = fleet()
        script.say(.goodbye(reason: "rain"), .edge(1))
        #expect(names(script.broker) == ["w0", "w1", "w2", "core"], "it has a seat in the run")
        script = fleet()
        script.say(.leaving(reason: "rain"), .edge(1))
        script.step()
        #expect(names(script.broker) == ["w0", "w2", "core"])
        let records: [JournalRecord] = [
            .enrolled(.edge(0), workerID: "w0", tier: "small", sessionEpoch: 1),
            .enrolled(.edge(1), workerID: "w1", tier: "small", sessionEpoch: 1),
            .lost(.edge(0), reason: "silent"), .lost(.edge(1), reason: JournalRecord.leaving("rain")),
        ]
        #expect(names(BrokerMachine(BrokerScript.fleet, recovering: Recovery(records), runs: [])) == ["w0"])
        let back = records + [.enrolled(.edge(1), workerID: "w1", tier: "small", sessionEpoch: 2)]
        #expect(names(BrokerMachine(BrokerScript.fleet, recovering: Recovery(back), runs: [])) == ["w0", "w1"])
        script.join("w1", index: 1, nonce: 1 << 20)
        #expect(names(script.broker) == ["w0", "w1", "w2", "core"])
    }

    /// A goodbye is a loss to the run that it takes part in, and to nobody else.
    @Test func aGoodbyeIsALossWhereItIsMissed() {
        func told(_ out: [BrokerDirective]) -> [String] {
            out.compactMap { if case .note(let note) = $0, note.name == "lost" || note.name == "left" { note.name } else { nil } }
        }
        var script = fleet()
        #expect(told(script.say(.goodbye(reason: "rain"), .edge(1))) == ["lost"])
        var idle = BrokerScript(BrokerSettings(), [])
        idle.join("w0", index: 0)
        let out = idle.say(.goodbye(reason: "rain"), .edge(0))
        #expect(
            told(out) == ["left"] && out.contains { if case .journal(let record, _) = $0 { record.isGoodbye } else { false } })
    }

    @Test func inTheLastStepOfARoundTheBarrierGoesWithoutIt() {
        var script = fleet()
        script.step()
        script.say(.leaving(reason: "rain"), .edge(0))
        script.step()
        #expect(script.order?.next == .barrier(1) && script.order?.members == [1, 2])
        #expect(script.order?.amendment?.map(\.slot) == [1, 2])
        script.carryOut()
        #expect(script.broker.run?.lastBarrier == 1)
    }

    @Test func atABarrierItIsGrantedAfterTheNextStep() {
        var script = fleet()
        script.step()
        script.step()
        script.say(.leaving(reason: "rain"), .edge(0))
        script.carryOut()
        #expect(script.order?.members == [0, 1, 2])
        script.step()
        #expect(script.directives.farewells == ["rain"])
    }

    @Test func inTheLastRoundItEndsWithTheRun() {
        var script = fleet()
        script.round()
        script.step()
        script.step()
        script.say(.leaving(reason: "rain"), .edge(0))
        script.carryOut()
        #expect(script.broker.run?.isOver == true)
        script.say(.goodbye(reason: "rain"), .edge(0))
        script.restAll()
        #expect(script.directives.outcomes == [.finished])
    }

    @Test func whereNobodyWaitsItGoesAtOnce() {
        // Loading.
        var script = BrokerScript(BrokerScript.fleet, [BrokerScript.settings()])
        for (index, name) in ["a", "b"].enumerated() { script.join(name, index: UInt64(index)) }
        script.join("core", .core, index: 90)
        script.say(.leaving(reason: "rain"), .edge(0))
        #expect(script.directives.farewells == ["rain"])
        #expect(script.broker.run?.phase == .loading(barrier: 0) && script.broker.run?.active == [1])
        // A strict run.
        var strict = fleet(.strict)
        strict.say(.leaving(reason: "rain"), .edge(0))
        #expect(strict.directives.farewells == ["rain"] && strict.broker.awaited() == ["worker-0 (w0)"])
        // Gathering, resting, no run.
        var idle = BrokerScript(BrokerScript.fleet, [])
        idle.join("a", index: 0)
        idle.say(.leaving(reason: "rain"), .edge(0))
        #expect(idle.directives.farewells == ["rain"])
    }

    @Test func whoWishedToGoIsNotHeldByAPause() {
        var script = fleet()
        script.say(.leaving(reason: "rain"), .edge(0))
        script.tell(.unreachable(ConnectionID(190)))
        #expect(script.directives.farewells == ["rain"])
        #expect(script.broker.run?.leaving.isEmpty == true)
    }

    @Test func theLossOfTheCoreForgetsNoWish() {
        var script = fleet()
        script.say(.leaving(reason: "core goes"), .core())
        #expect(script.directives.farewells == ["core goes"])
        #expect(script.broker.run?.seats[0] != nil)
    }

    @Test func belowTheQuorumTheRestWaits() {
        var script = fleet(quorum: 0.9)
        script.say(.leaving(reason: "rain"), .edge(2))
        script.step()
        #expect(script.directives.farewells == ["rain"])
        #expect(script.broker.awaited() == ["1 more for the quorum of 3"])
        script.join("w2", index: 4, nonce: 1 << 20)
        #expect(script.broker.run?.phase == .loading(barrier: 0))
    }

    @Test func twoGoTogether() {
        var script = fleet()
        for slot in [0, 2] as [UInt32] { script.say(.leaving(reason: "rain"), .edge(slot)) }
        script.step()
        #expect(script.order?.members == [1] && script.order?.term == 2)
    }

    @Test func allMayGo() {
        var script = fleet()
        for slot in 0..<3 as Range<UInt32> { script.say(.leaving(reason: "rain"), .edge(slot)) }
        script.step()
        #expect(script.broker.awaited() == ["1 more for the quorum of 1"])
    }
}
