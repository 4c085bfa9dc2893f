import OxbowModel
import OxbowScheduling
import Testing

@testable import OxbowProtocol

/// Joins and cuts that change at barriers, and returns to them.
@Suite struct BrokerAmendmentTests {
    private static let wide = Cuts([1, 0, 0, 0])!
    private static let least = Cuts([0, 0, 0, 0])!

    /// Two workers with other cuts than the least; more may come.
    private func fleet(_ scheduling: Scheduling = Scheduling(planner: UniformPlanner(cuts: wide)), rounds: UInt32 = 5)
        -> BrokerScript
    {
        .fleet(["a", "b"], BrokerScript.settings(rounds: rounds, scheduling: scheduling))
    }

    private func newcomer(_ name: String, index: UInt64, in script: inout BrokerScript) {
        script.join(name, index: index)
        let slot = script.broker.members.values.first { $0.workerID == name }!.id
        script.say(.ready(barrier: 0, digest: []), slot)
    }

    @Test func aNewcomerPreparesWithAProvisionalPlaceAndEntersByAmendment() {
        var script = fleet()
        newcomer("c", index: 2, in: &script)
        let plan = script.directives.plans.last!.plan
        #expect(plan.assignments.map(\.cuts) == [Self.wide, Self.wide, Self.least])
        script.step()
        script.step()
        #expect(script.order?.amendment?.map(\.cuts) == [Self.wide, Self.wide, Self.wide])
        #expect(script.order?.members == [0, 1, 2] && script.order?.term == 2)
        #expect(script.broker.plan?.assignments.count == 2)  // in force once the barrier is committed
        script.carryOut()
        #expect(script.broker.plan?.assignments.count == 3)
    }

    @Test func whoIsNotReadyWaitsForTheNextBarrier() {
        var script = fleet()
        script.join("c", index: 2)
        script.round()
        #expect(script.broker.run?.active == [0, 1])
        script.say(.ready(barrier: 0, digest: []), .edge(2))
        script.round()
        #expect(script.broker.run?.active == [0, 1, 2])
    }

    /// Back in the first round, with an empty disk: the plan still has its cuts, and the barrier brings no amendment.
    @Test func whoIsBackWithinTheRoundKeepsItsCuts() {
        for replanning in Replanning.allCases {
            var script = fleet(Scheduling(planner: UniformPlanner(cuts: Self.wide), replanning: replanning))
            script.tell(.unreachable(ConnectionID(12)))
            script.join("b", index: 4, nonce: 1 << 20)
            #expect(script.directives.plans.last?.plan.assignments.map(\.cuts) == [Self.wide, Self.wide])
            script.say(.ready(barrier: 0, digest: []), .edge(1))
            script.step()
            script.step()
            #expect(script.order?.members == [0, 1] && script.order?.amendment == nil)
        }
    }

    /// The forward pass of a generator half held the lost member; a discriminator half begins with it anyway.
    @Test func aGeneratorHalfIsRepeatedFromItsForwardPass() {
        for (halves, half, regenerate) in [(0, Half.discriminator, false), (1, .generator, true)] {
            var script = fleet()
            for _ in 0..<halves { script.carryOut() }
            script.tell(.unreachable(ConnectionID(12)))
            #expect(script.order?.next == .half(HalfStep(round: 1, step: 0, half: half), regenerate: regenerate))
            #expect(script.order?.members == [0])
        }
    }

    @Test func aBarrierIsRepeatedWithAFilteredAmendment() {
        var script = fleet()
        newcomer("c", index: 2, in: &script)
        newcomer("d", index: 3, in: &script)
        script.step()
        script.step()
        script.pass(.modelDeltas, .up, slot: 0)
        script.tell(.unreachable(ConnectionID(14)))
        #expect(script.order?.next == .barrier(1) && script.order?.commit == .nothing)
        #expect(script.order?.members == [0, 1, 3] && script.order?.amendment?.map(\.slot) == [0, 1, 3])
        script.carryOut()
        #expect(script.broker.plan?.assignments.map(\.slot) == [0, 1, 3])
        // With all newcomers gone nothing is left to amend.
        script = fleet()
        newcomer("c", index: 2, in: &script)
        script.step()
        script.step()
        script.tell(.unreachable(ConnectionID(14)))
        #expect(script.order?.members == [0, 1] && script.order?.amendment == nil)
    }

    @Test func newcomersAloneCannotHoldABarrier() {
        var script = fleet()
        newcomer("c", index: 2, in: &script)
        script.step()
        script.step()
        script.tell(.unreachable(ConnectionID(10)))
        script.tell(.unreachable(ConnectionID(12)))
        // Nobody has trained in this round, and nobody who is here has a state: the run begins anew with enough workers.
        #expect(script.broker.plan == nil && script.broker.awaited() == ["1 more of tier small"])
        newcomer("d", index: 3, in: &script)
        #expect(script.broker.plan?.assignments.map(\.slot) == [2, 3])
        #expect(script.broker.run?.phase == .loading(barrier: 0))
    }

    @Test func aReturnToABarrierRestoresItsAssignments() {
        var script = fleet()
        script.round()
        newcomer("c", index: 2, in: &script)
        script.round()
        #expect(script.broker.plan?.assignments.count == 3)
        // The core has only the barrier before.
        script.tell(.unreachable(ConnectionID(190)))
        script.join("core", .core, index: 91, nonce: 1 << 20, saved: [1], run: 1)
        #expect(script.broker.run?.phase == .loading(barrier: 1))
        #expect(script.broker.plan?.assignments.map(\.slot) == [0, 1])
        // The newcomer prepares anew, and enters again.
        #expect(script.directives.plans.last?.to == ConnectionID(14))
        script.readyAll()
        script.say(.ready(barrier: 0, digest: []), .edge(2))
        script.round()
        #expect(script.broker.run?.lastBarrier == 2 && script.broker.plan?.assignments.count == 3)
    }

    @Test func aStateOfARepeatedBarrierIsNotGoneOnFrom() {
        var script = fleet()
        script.round()
        script.round()
        script.tell(.unreachable(ConnectionID(190)))
        script.join("core", .core, index: 91, nonce: 1 << 20, saved: [1, 2], run: 1)
        #expect(script.broker.run?.phase == .loading(barrier: 2))
        script.say(.ready(barrier: 2, digest: [9, 9, 9]), .core())
        #expect(script.broker.run?.phase == .loading(barrier: 1))
    }

    @Test func cutsThatCannotBeFoundAtABarrierTurnNewcomersAway() {
        var script = fleet(Scheduling(planner: Picky(limit: 2)))
        newcomer("c", index: 2, in: &script)
        script.round()
        #expect(script.directives.standbys == ["Unable to plan 'fleet': it has more than 2. Be fewer."])
        #expect(script.broker.run?.lastBarrier == 1 && script.broker.run?.active == [0, 1])
        script.round()
        #expect(script.directives.standbys.count == 1)
        // Once the fleet changes it is looked at again.
        script.tell(.unreachable(ConnectionID(12)))
        script.round()
        #expect(script.broker.run?.active == [0, 2])
    }

    @Test func oneWhoCannotBePlacedDoesNotKeepTheOthersOut() {
        var script = fleet(Scheduling(planner: Picky(unfit: "c")))
        newcomer("c", index: 2, in: &script)
        newcomer("d", index: 3, in: &script)
        script.round()
        #expect(script.broker.run?.active == [0, 1, 3])
        #expect(script.directives.standbys.count == 1)
    }

    @Test func searchesAndMembershipMayCrossInAnyWay() {
        var script = fleet()
        newcomer("c", index: 2, in: &script)
        script.answersSearches = false
        script.step()
        script.step()
        #expect(script.broker.awaited() == ["the planner"])
        #expect(script.broker.status(at: .zero).runs[0].state == .running)
        // Another is ready while cuts are searched: it waits, the first one enters.
        newcomer("d", index: 3, in: &script)
        answer(&script)
        #expect(script.order?.members == [0, 1, 2])
        script.carryOut()

        // Who joins is lost meanwhile, and another takes its place in the count.
        script.step()
        script.step()
        newcomer("e", index: 4, in: &script)
        script.tell(.unreachable(ConnectionID(16)))
        answer(&script)
        #expect(script.order?.members == [0, 1, 2, 4])
        #expect(script.order?.amendment?.map(\.workerID) == ["a", "b", "c", "e"])
        script.carryOut()
        // One of those who train is lost: a new term, before the search is answered.
        newcomer("f", index: 5, in: &script)
        script.step()
        script.step()
        let term = script.broker.term
        script.tell(.unreachable(ConnectionID(10)))
        #expect(script.broker.term == term + 1)
        answer(&script)
        #expect(script.order?.members == [1, 2, 4, 5])
        // The core is lost while cuts are searched.
        script.carryOut()
        newcomer("g", index: 6, in: &script)
        script.step()
        script.step()
        script.tell(.unreachable(ConnectionID(190)))
        answer(&script)
        #expect(script.broker.awaited() == ["a core"])
    }

    private func answer(_ script: inout BrokerScript) {
        let (number, request, planner) = script.directives.lastSearch!
        let result = Result { () throws(PlanningError) in try planner.plan(for: request) }
        script.tell(.planned(number, result))
        script.tell(.planned(number, result))  // twice is no more than once
    }

    @Test func imposedCutsAreKept() {
        let imposed: [UInt32: [String: Cuts]] = [0: ["a": Self.wide], 1: ["b": Self.wide, "c": Self.wide]]
        var script = fleet(Scheduling(imposed: imposed))
        #expect(script.broker.plan?.assignments.map(\.cuts) == [Self.wide, Self.least])
        newcomer("c", index: 2, in: &script)
        script.round()
        #expect(script.broker.plan?.assignments.map(\.cuts) == [Self.wide, Self.wide, Self.wide])
    }
}

/// Finds the least cuts for fleets that it likes.
private struct Picky: Planner {
    var limit = Int.max
    var unfit: String?
    var name: String { "picky" }

    func plan(for request: PlanningRequest) throws(PlanningError) -> CutPlan {
        if request.workers.count > limit {
            throw PlanningError(subject: "fleet", reason: "it has more than \(limit)", remedy: "Be fewer.")
        }
        if let unfit, request.workers.contains(where: { $0.id == unfit }) {
            throw PlanningError(subject: unfit, reason: "it is too small", remedy: "Grow.")
        }
        return try UniformPlanner().plan(for: request)
    }
}
