import OxbowModel
import OxbowScheduling
import Testing

@testable import OxbowProtocol

/// Who takes part in a run, and what those hear who do not.
@Suite struct BrokerSeatingTests {
    private func arch(_ name: String) -> Capabilities { Capabilities(memoryBytes: 4 << 30, tags: ["arch": name]) }

    @Test func aRuleThatKeepsWorkersOutIsNamed() {
        let demand = Demand(tier: "small", workers: 2, rules: Rules(tags: ["arch": "arm64"]))
        var script = BrokerScript(BrokerScript.fleet, [BrokerScript.settings(demands: [demand])])
        #expect(script.broker.awaited() == ["2 of tier small", "a core"])
        for index in 0..<3 as Range<UInt64> { script.join("w\(index)", index: index, capabilities: arch("x86_64")) }
        script.join("core", .core, index: 90)
        #expect(script.broker.awaited() == ["2 of tier small: 0 of 3 match arch=arm64"])
        script.join("arm", index: 4, capabilities: arch("arm64"))
        #expect(script.broker.awaited() == ["1 more of tier small: 1 of 4 match arch=arm64"])
    }

    @Test func aStandbyMessageSaysWhyAndIsSentOnce() {
        let demand = Demand(tier: "small", workers: 1, rules: Rules(memoryBytes: 8 << 30))
        var script = BrokerScript(BrokerScript.fleet, [BrokerScript.settings(demands: [demand])])
        script.join("w", index: 0, capabilities: arch("arm64"))
        script.join("v", tier: "large", index: 1)
        script.join("u", tier: "large", index: 2)
        #expect(
            script.directives.standbys == [
                "tier small asks for memory>=8GiB, this worker has 4GiB",
                "the run has no tier 'large'; its tiers are: small", "the run has no tier 'large'; its tiers are: small",
            ])
        #expect(script.broker.status(at: .zero).members[0].standby == "tier small asks for memory>=8GiB, this worker has 4GiB")
    }

    @Test func aStrictRunStartsWithAllAndAnElasticOneWithItsMinimum() {
        for (membership, expected) in [(Membership.strict, ["2 more of tier small"]), (.elastic, [])] {
            let demand = Demand(tier: "small", workers: 3, minimum: 1)
            var script = BrokerScript(BrokerScript.fleet, [BrokerScript.settings("run", membership, demands: [demand])])
            script.join("core", .core, index: 90)
            script.join("a", index: 0)
            if case .gathering? = script.broker.run?.phase {
                #expect(script.broker.awaited() == expected)
            } else {
                #expect(expected.isEmpty)
            }
        }
    }

    /// Workers of two demands of one tier, told apart by their cuts.
    @Test func demandsAreFilledByRisingSlotWhateverTheOrderOfArrival() {
        let cuts = [Cuts([0, 0, 0, 0])!, Cuts([1, 0, 0, 0])!]
        let demands = cuts.map { Demand(tier: "small", workers: 1, cuts: $0) }
        var script = BrokerScript(BrokerScript.fleet, [BrokerScript.settings("run", .strict, demands: demands)])
        // Both are enrolled, then go and come back the other way round.
        for (index, name) in ["a", "b"].enumerated() { script.join(name, index: UInt64(index)) }
        for index in [10, 12] as [UInt64] { script.tell(.unreachable(ConnectionID(index))) }
        script.join("b", index: 5, nonce: 1 << 20)
        script.join("a", index: 6, nonce: 1 << 20)
        script.join("core", .core, index: 90)
        #expect(script.broker.plan?.assignments.map(\.workerID) == ["a", "b"])
        #expect(script.broker.plan?.assignments.map(\.cuts) == cuts)
    }

    @Test func whoComesWhileTheFirstPlanIsSearchedIsNotForgotten() {
        for membership in Membership.allCases {
            var script = BrokerScript(BrokerScript.fleet, [BrokerScript.settings("run", membership)])
            script.answersSearches = false
            for (index, name) in ["a", "b"].enumerated() { script.join(name, index: UInt64(index)) }
            script.join("core", .core, index: 90)
            script.join("late", index: 3)
            let (number, request, planner) = script.directives.lastSearch!
            script.tell(.planned(number, .success(try! planner.plan(for: request))))
            if membership == .strict {
                #expect(script.directives.standbys == ["the run keeps to the workers that it began with"])
            } else {
                #expect(script.directives.plans.last?.to == ConnectionID(16))
                #expect(script.directives.plans.last?.plan.assignments.map(\.slot) == [0, 1, 2])
            }
        }
    }

    /// Someone who merely looks in does not make a search begin anew.
    @Test func strangersDoNotDisturbASearch() {
        var script = BrokerScript(BrokerScript.fleet, [BrokerScript.settings()])
        script.answersSearches = false
        for (index, name) in ["a", "b"].enumerated() { script.join(name, index: UInt64(index)) }
        script.join("core", .core, index: 90)
        script.join("late", index: 3)
        script.tell(.unreachable(ConnectionID(16)))
        #expect(script.broker.searches == 1)
        script.tell(.unreachable(ConnectionID(12)))
        #expect(script.broker.awaited() == ["1 more of tier small"])
    }

    @Test func aWorkerThatComesBackAsAnotherMachineLosesItsSeat() {
        let demands = [Demand(tier: "small", workers: 2), Demand(tier: "large", workers: 1, minimum: 0)]
        var elastic = BrokerScript.fleet(["a", "b"], BrokerScript.settings(demands: demands))
        elastic.join("a", tier: "large", index: 4, nonce: 1 << 20)
        #expect(elastic.broker.run?.seats[0] == 1)

        var strict = BrokerScript.fleet(["a", "b"], BrokerScript.settings("run", .strict))
        strict.join("a", tier: "large", index: 4, nonce: 1 << 20)
        #expect(strict.broker.awaited() == ["worker-0 (a)"])
        #expect(strict.directives.standbys == ["the run has no tier 'large'; its tiers are: small"])
        strict.join("a", index: 5, nonce: 1 << 21)
        #expect(strict.broker.run?.phase == .loading(barrier: 0))
    }

    /// One worker that no cuts suit need not hold up an elastic run.
    @Test func aWorkerWithoutCutsStandsByAndTheOthersStart() {
        let demands = [Demand(tier: "small", workers: 1), Demand(tier: "large", workers: 1, cuts: Cuts([9, 9, 9, 9]))]
        var settings = BrokerScript.settings("run", .elastic, demands: demands)
        settings.demands[1].minimum = 0
        var script = BrokerScript(BrokerScript.fleet, [settings])
        script.join("b", tier: "large", index: 1)
        script.join("a", index: 0)
        script.join("core", .core, index: 90)
        #expect(script.directives.standbys.contains { $0.hasPrefix("Unable to plan 'b': ") })
        #expect(script.broker.plan?.assignments.map(\.workerID) == ["a"])
    }

    @Test func aPlanThatCannotBeFailsTheRunWithTheSentence() {
        let demand = Demand(tier: "small", workers: 1, cuts: Cuts([9, 9, 9, 9]))
        var script = BrokerScript(BrokerScript.fleet, [BrokerScript.settings(demands: [demand])])
        script.join("a", index: 0)
        script.join("core", .core, index: 90)
        guard case .infeasible(let message)? = script.directives.outcomes.first else {
            Issue.record("\(script.directives.outcomes)")
            return
        }
        #expect(message.hasPrefix("Unable to plan 'a': ") && script.broker.run == nil)
    }

    @Test func claimsThatCannotBeTrueDoNotTrapTheBroker() {
        var run = BrokerScript.settings(demands: [Demand(tier: "small", workers: 1)])
        run.localEpochs = .max
        var script = BrokerScript(BrokerScript.fleet, [run])
        let data = DataForm(samples: .max, height: 28, width: 28, channels: 1, classes: 10)
        for lane in Lane.allCases { script.hello("a", on: 10 + UInt64(lane.rawValue), lane: lane, data: data) }
        script.join("core", .core, index: 90)
        #expect(script.broker.plan?.stepsPerRound == 1 << 30)
        #expect(script.broker.status(at: .zero).runs.first?.stepsPerRound == 1 << 30)
    }
}
