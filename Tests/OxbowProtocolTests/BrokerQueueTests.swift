import OxbowModel
import Testing

@testable import OxbowProtocol

/// Runs that wait, end, are stopped, and hand the fleet on.
@Suite struct BrokerQueueTests {
    private func fleet(_ runs: [RunSettings]) -> BrokerScript {
        var script = BrokerScript(BrokerScript.fleet, runs)
        for (index, name) in ["a", "b"].enumerated() { script.join(name, index: UInt64(index)) }
        script.join("core", .core, index: 90)
        return script
    }

    private let first = BrokerScript.settings("first")
    private let second = BrokerScript.settings("second", number: 2)

    @Test func theNextRunStartsOnceAllHaveSaidThatTheyRest() {
        var script = fleet([first, second])
        script.readyAll()
        script.round()
        script.round()
        #expect(script.broker.awaited() == ["worker-0", "worker-1", "core-0"].map { "\($0) to confirm the end" })
        #expect(script.broker.status(at: script.now).runs.map(\.state) == [.finished, .queued])
        // One that still computes has not confirmed anything.
        script.say(.heartbeat(busy: true, round: 0, step: 0), .edge(0))
        script.say(.heartbeat(busy: false, round: 2, step: 1), .edge(0))
        #expect(script.broker.awaited().count == 3)
        script.restAll()
        #expect(script.directives.started == ["first", "second"])
        #expect(script.directives.outcomes == [.finished])
        #expect(script.broker.plan?.run == 2)
        // The end is said and confirmed; the second run begins from its own initial state.
        #expect(script.directives.plans.last?.barrier == 0)
    }

    @Test func whoIsGoneIsNotAwaitedAtTheEnd() {
        var script = fleet([first, second])
        script.readyAll()
        script.tell(.stopRun(id: "first", reason: "enough"))
        script.tell(.unreachable(ConnectionID(10)))
        script.tell(.unreachable(ConnectionID(190)))
        script.say(.heartbeat(busy: false, round: 0, step: 0), .edge(1))
        #expect(script.directives.outcomes == [.stopped(reason: "enough")])
        #expect(script.broker.awaited() == ["1 more of tier small", "a core"])
    }

    @Test func stoppingAQueuedAnUnknownOrAStoppedRunHoldsNothingUp() {
        var script = fleet([first, second])
        script.tell(.stopRun(id: "second", reason: "no"))
        #expect(script.tell(.stopRun(id: "third", reason: "no")).isEmpty)
        script.readyAll()
        script.tell(.stopRun(id: "first", reason: "enough"))
        #expect(script.tell(.stopRun(id: "first", reason: "again")).isEmpty)
        script.restAll()
        #expect(script.broker.run == nil)
        #expect(script.directives.outcomes == [.stopped(reason: "enough")])
        #expect(script.broker.status(at: .zero).runs.map(\.outcome) == ["stopped: no", "stopped: enough"])
        #expect(script.broker.status(at: .zero).members.map(\.activity) == [.idle, .idle, .idle])
    }

    @Test func aRunStoppedBeforeItsPlanEndsAtOnce() {
        var script = BrokerScript(BrokerScript.fleet, [first, second])
        script.tell(.stopRun(id: "first", reason: "no"))
        #expect(script.directives.started == ["first", "second"])

        script.answersSearches = false
        for (index, name) in ["a", "b"].enumerated() { script.join(name, index: UInt64(index)) }
        script.join("core", .core, index: 90)
        #expect(script.broker.awaited() == ["the planner"])
        let (number, request, planner) = script.directives.lastSearch!
        script.tell(.stopRun(id: "second", reason: "no"))
        #expect(script.broker.run == nil)
        // The planner's answer comes too late to matter.
        #expect(script.tell(.planned(number, .success(try! planner.plan(for: request)))).isEmpty)
    }

    /// Without the rule that an ended run keeps its outcome, a failure or a stop while members rest would end it again.
    @Test func anEndedRunKeepsItsOutcome() {
        var script = fleet([BrokerScript.settings("first", .strict)])
        script.readyAll()
        script.round()
        script.round()
        script.say(.error(.computeFailed, message: "too late"), .edge(0))
        #expect(script.broker.awaited().count == 2)
        script.tell(.stop(reason: "night"))
        #expect(script.directives.journaledEnds == [.finished])
        #expect(script.directives.outcomes == [.finished])
        #expect(script.directives.isEnd)
    }

    /// Runs of a fleet are for the broker that comes after: nothing is begun, nothing ended.
    @Test func aBrokerThatEndsLeavesItsRunsAsTheyAre() {
        var script = BrokerScript(BrokerScript.fleet, [first, second])
        script.tell(.stop(reason: "night"))
        #expect(script.directives.started == ["first"])
        #expect(script.directives.outcomes == [] && script.directives.journaledEnds == [])
        #expect(script.directives.isEnd)
        #expect(script.broker.status(at: .zero).runs.map(\.state) == [.waiting, .queued])
    }

    /// The broker died after a run was queued, or another ended, and before it was started.
    @Test func aQueuedRunStartsAfterTheBrokerWasLost() {
        for records in [
            [JournalRecord.queued(run: "second")], [.started(run: "first"), .queued(run: "second"), .ended(.finished)],
        ] {
            var script = fleet([])
            script.broker = BrokerMachine(BrokerScript.fleet, recovering: Recovery(records), runs: [first, second])
            script.tell(.tick)
            #expect(script.directives.started == ["second"])
        }
    }

    @Test func endedRunsAreRememberedUpToABound() {
        var script = fleet([first])
        for index in 0..<300 {
            script.tell(.submitted(BrokerScript.settings("queued-\(index)")))
            script.tell(.stopRun(id: "queued-\(index)", reason: "no"))
        }
        #expect(script.broker.ended.count == 100)
    }

    @Test func barriersOfAnotherRunAreNotOffered() {
        var script = fleet([BrokerScript.settings("first", rounds: 3), BrokerScript.settings("second", rounds: 6, number: 2)])
        script.readyAll()
        for _ in 0..<3 { script.round() }
        script.restAll()
        script.readyAll()
        script.round()
        #expect(script.broker.members[.edge(0)]?.savedBarriers == [1])
        #expect(script.broker.members[.edge(0)]?.savedRun == 2)
    }
}
