import OxbowModel
import Testing

@testable import OxbowProtocol

/// What a member does with orders, and when it may go.
@Suite struct MemberTests {
    private let first = StepControl.Next.half(HalfStep(round: 1, step: 0, half: .discriminator), regenerate: false)
    private let second = StepControl.Next.half(HalfStep(round: 1, step: 0, half: .generator), regenerate: false)

    // MARK: Leaving

    @Test func withoutWorkItGoesAtOnce() {
        var script = MemberScript.loaded()
        #expect(script.tell(.stop(reason: "rain")).end == .stopped(reason: "rain"))
        var stranger = MemberScript()
        #expect(stranger.tell(.stop(reason: "rain")).end == .stopped(reason: "rain"))
    }

    @Test func withWorkItAsksAndWaits() {
        var script = MemberScript.loaded()
        script.order(first)
        let wish = script.tell(.stop(reason: "rain"))
        #expect(wish.end == nil && wish.said == [.leaving(reason: "rain")])
        // Its work goes on.
        script.compute()
        #expect(script.directives.sent.count == 1)
        #expect(script.hear(.goodbye(reason: "granted")).end == .stopped(reason: "rain"))
    }

    @Test func itWaitsSixLeasesAtMost() {
        var script = MemberScript.loaded()
        script.order(first)
        script.tell(.stop(reason: "rain"))
        for second in 1...59 {
            script.now = .seconds(second)
            script.hear(.heartbeat(busy: false, round: 0, step: 0))
            #expect(script.tell(.tick).end == nil)
        }
        script.now = .seconds(60)
        let end = script.tell(.tick)
        #expect(end.end == .stopped(reason: "rain") && end.said == [.goodbye(reason: "rain")])
    }

    @Test func aSecondWishIsGrantedAtOnce() {
        var script = MemberScript.loaded()
        script.order(first)
        script.tell(.stop(reason: "rain"))
        #expect(script.tell(.stop(reason: "storm")).end == .stopped(reason: "storm"))
    }

    @Test func aSessionLostWhileLeavingIsTheEnd() {
        var script = MemberScript.loaded()
        script.order(first)
        script.tell(.stop(reason: "rain"))
        let end = script.hear(.error(.notWelcome, message: ""))
        #expect(end.end == .stopped(reason: "rain") && !end.reconnects)
    }

    @Test func whoWishesToGoGoesWhenTheRunRests() {
        var script = MemberScript.loaded()
        script.order(first)
        script.tell(.stop(reason: "rain"))
        #expect(script.order(.rest).end == .stopped(reason: "rain"))
    }

    // MARK: Rest, plans, amendments

    @Test func afterRestANewPlanBegins() {
        var script = MemberScript.loaded()
        script.order(first)
        let rest = script.order(.rest)
        #expect(rest.said == [.heartbeat(busy: false, round: 0, step: 0)])
        // What was under way is void: its result is not sent.
        script.compute()
        #expect(script.directives.sent.isEmpty)
        script.plan(edges: 1, run: 2, term: 2)
        #expect(script.tasks.map(\.task).contains { if case .prepare(let plan, 0) = $0 { plan.run == 2 } else { false } })
        script.compute()
        #expect(script.directives.said.last == .ready(barrier: 0, digest: [1]))
        #expect(script.order(first, term: 2, members: [0]).computing.contains(.setMembers([0])))
    }

    private func atBarrier(_ amendment: [Assignment]?) -> MemberScript {
        var script = MemberScript.loaded()
        script.order(.barrier(1), amendment: amendment)
        script.compute()
        script.body(.modelDeltas, step: BrokerScript.template.stepsPerRound)
        script.compute()
        return script
    }

    @Test func anAmendmentCountsOnceTheBarrierIsCommitted() {
        let amendment = MemberScript.assignments(3)
        var script = atBarrier(amendment)
        #expect(script.directives.said.last == .barrierSaved(term: 1, round: 1, digest: [1]))
        #expect(script.member.plan?.assignments.count == 2 && script.member.savedBarriers == [1])
        script.order(
            .half(HalfStep(round: 2, step: 0, half: .discriminator), regenerate: false), committing: .barrier(1),
            members: [0, 1, 2])
        #expect(script.member.plan?.assignments == amendment && script.member.savedBarriers == [1])
        // Repeated instead: the first amendment is forgotten.
        var repeated = atBarrier(amendment)
        repeated.order(.barrier(1), term: 2, members: [0])
        #expect(repeated.member.plan?.assignments.count == 2)
        #expect(repeated.directives.computing.last == .exchangeModels(round: 1, amendment: nil))
    }

    /// The barrier's order waits behind the last half, and is replaced while it does.
    @Test func anOrderThatWaitsKeepsItsAmendmentWhenItIsRepeated() {
        let half = HalfStep(round: 1, step: 0, half: .generator)
        var script = MemberScript.loaded()
        script.order(second)
        script.halfButLast(.generator)
        script.order(.barrier(1), committing: .half(half), amendment: MemberScript.assignments(3))
        script.order(.barrier(1), term: 2, amendment: MemberScript.assignments(2))
        script.body(.generatorGradients)
        script.compute()
        let tasks = script.directives.computing
        #expect(tasks.contains(.commit(half)))
        #expect(tasks.last == .exchangeModels(round: 1, amendment: MemberScript.assignments(2)))
    }

    @Test func aCommittedHalfIsFinishedBeforeAPause() {
        let half = HalfStep(round: 1, step: 0, half: .discriminator)
        var script = MemberScript.loaded()
        script.order(first)
        script.halfButLast(.discriminator)
        script.order(second, committing: .half(half))
        script.order(.pause, term: 2)
        #expect(!script.directives.computing.contains(.commit(half)))
        script.body(.discriminatorGradients)
        script.compute()
        #expect(script.directives.computing.last == .commit(half) && script.member.work == nil)
    }

    @Test func barriersOfAnotherRunAreNotSavedAlongWithThisOnes() {
        var script = MemberScript(saved: [1, 2], run: 9)
        script.welcome()
        script.plan(edges: 2)
        script.compute()
        script.order(.barrier(3))
        script.compute()
        script.body(.modelDeltas, round: 3, step: BrokerScript.template.stepsPerRound)
        script.compute()
        script.order(.rest, committing: .barrier(3))
        #expect(script.member.savedRun == 1 && script.member.savedBarriers == [3])
    }

    // MARK: What comes early

    /// Eight newcomers at the barrier of a fleet of one: their messages overtake the order.
    @Test func aCoreKeepsTheFirstMessagesOfMoreNewcomersThanThereWereMembers() {
        var script = MemberScript.loaded(.core, edges: 1)
        for slot in 0..<9 as Range<UInt32> { script.body(.modelDeltas, slot: slot, term: 2, step: 2) }
        script.order(.barrier(1), term: 2, members: Array(0..<9), amendment: MemberScript.assignments(9))
        script.compute()
        #expect(script.directives.sent.count == 9)
    }

    @Test func messagesOfAnOlderTermAreNotKept() {
        var script = MemberScript.loaded(.core)
        script.order(first)
        script.order(first, term: 2)
        script.body(.generatorActivations, slot: 0, term: 1)
        #expect(script.member.early.isEmpty && script.member.work?.gathered.isEmpty == true)
    }

    @Test func earlyMessagesAreBoundedForEachSlot() {
        var script = MemberScript.loaded(.core, edges: 1)
        for step in 0..<100 as Range<UInt32> { script.body(.generatorActivations, slot: 0, term: 2, step: step) }
        #expect(script.member.early.count == 4)
    }
}
