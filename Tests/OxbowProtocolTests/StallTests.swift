import OxbowModel
import Testing

@testable import OxbowProtocol

/// What is awaited, of whom, since when.
struct StallTests {
    private func notes(_ directives: [BrokerDirective]) -> [BrokerNote] {
        directives.compactMap { directive in
            guard case .note(let note) = directive else { return nil }
            switch note {
            case .stalled, .moving: return note
            default: return nil
            }
        }
    }

    /// Ticks, with heartbeats so that nobody is lost.
    private func pass(_ seconds: Int, _ script: inout BrokerScript) -> [BrokerNote] {
        (0..<seconds).flatMap { _ in
            script.now += .seconds(1)
            for (index, member) in [(0, MemberID.edge(0)), (1, .edge(1)), (2, .core())] as [(UInt64, MemberID)] {
                script.tell(
                    .received(
                        ConnectionID(2 * index + 10), Envelope(run: 1, sender: member, sessionEpoch: 1, content: .control),
                        .control(.heartbeat(busy: true, round: 1, step: 0))))
            }
            return notes(script.tell(.tick))
        }
    }

    @Test func aStallIsToldOnceWithWhatFromWhomAndSinceWhen() throws {
        var script = BrokerScript.running()
        script.tell(.tick)
        script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0))
        let told = pass(30, &script)
        let awaited = Awaited(what: "exchange 1 of round 1 step 0", from: ["worker-1"])
        #expect(told == [.stalled(Stall(awaited, seconds: 10))])
        let status = try #require(script.broker.status(at: script.now).runs.first)
        #expect(status.awaited == ["worker-1"] && status.awaitedWhat == awaited.what && status.awaitedSeconds == 29)
        script.bulk(.generatorActivations, .up, slot: 1, from: 1, as: .edge(1))
        #expect(pass(1, &script) == [.moving(afterSeconds: 30)])
        #expect(script.broker.status(at: script.now).runs.first?.awaited == ["core-0"])
        #expect(pass(11, &script) == [.stalled(Stall(Awaited(what: awaited.what, from: ["core-0"]), seconds: 10))])
    }

    @Test func workThatMovesIsNoStall() {
        var script = BrokerScript.running()
        #expect(pass(9, &script).isEmpty)
        script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0))
        #expect(pass(9, &script).isEmpty)
        script.bulk(.generatorActivations, .up, slot: 1, from: 1, as: .edge(1))
        #expect(pass(9, &script).isEmpty)
    }

    @Test func whoIsMissingIsAStallToo() {
        var script = BrokerScript(edges: 2)
        script.join("a", index: 0)
        script.join("core", .core, index: 2)
        let told = pass(15, &script)
        #expect(told.count == 1)
        guard case .stalled(let stall)? = told.first else { return }
        #expect(stall.what == "members" && stall.from.count == 1 && stall.from[0].contains("small"), "\(stall)")
    }

    /// A lease that is lost is no progress: the clock runs on from when the run last moved, and says whom it waits for now.
    @Test func aLossIsNoProgress() {
        var script = BrokerScript.running()
        script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0))
        script.tell(.tick)
        let start = script.now
        var told: [BrokerNote] = []
        for _ in 0..<40 {
            script.now += .seconds(1)
            // Worker 1 is silent.
            for (index, member) in [(0, MemberID.edge(0)), (2, .core())] as [(UInt64, MemberID)] {
                script.tell(
                    .received(
                        ConnectionID(2 * index + 10), Envelope(run: 1, sender: member, sessionEpoch: 1, content: .control),
                        .control(.heartbeat(busy: true, round: 1, step: 0))))
            }
            told += notes(script.tell(.tick))
        }
        #expect(script.broker.status(at: script.now).runs.first?.awaitedSeconds == (script.now - start).inSeconds)
        guard case .stalled(let stall)? = told.first, told.count == 1 else {
            Issue.record("\(told)")
            return
        }
        // A lease is shorter than that: it was lost meanwhile.
        #expect(stall.what == "members" && stall.seconds == 10)
    }

    @Test func slowStepsAreGivenMoreTime() {
        var detector = StallDetector()
        let mark = StallDetector.Mark(awaited: Awaited(what: "x", from: ["y"]), phase: .running, term: 1, arrived: 0)
        #expect(detector.look(at: mark, step: .seconds(20), .zero) == nil)
        #expect(detector.look(at: mark, step: .seconds(20), .seconds(79)) == nil)
        #expect(detector.look(at: mark, step: .seconds(20), .seconds(80)) == .stalled(Stall(mark.awaited, seconds: 80)))
        #expect(detector.look(at: nil, step: nil, .seconds(81)) == .moving(afterSeconds: 81))
        #expect(detector.waited(at: .seconds(90)) == nil)
    }

    @Test func aBodyForSomebodyWhoIsAwayIsAccountedFor() {
        var script = BrokerScript.running(.elastic)
        script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0))
        script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0))
        let counters = script.broker.counters
        #expect(counters.received == 2 && counters.forwarded == 1 && counters.refused == 1 && counters.underWay == 1)
    }
}
