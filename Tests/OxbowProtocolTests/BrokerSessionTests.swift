import Testing

@testable import OxbowProtocol

/// Who is let in, who is not, and what they are told.
@Suite struct BrokerSessionTests {
    @Test func slotsAreTheLowestFreeOnesForGood() {
        var script = BrokerScript()
        #expect(script.hello("x", on: 10).welcomes.map(\.member) == [.edge(0)])
        #expect(script.hello("y", on: 12).welcomes.map(\.member) == [.edge(1)])
        // x comes back: the same slot, a later session.
        let back = script.hello("x", on: 14, nonce: 2).welcomes
        #expect(back.map(\.member) == [.edge(0)])
        #expect(back.map(\.sessionEpoch) == [2])
    }

    @Test func anotherProtocolVersionIsToldWhatToDo() {
        var script = BrokerScript()
        let answer = script.hello("old", on: 10, versions: 7...9)
        #expect(answer.errors == [.versionMismatch])
        #expect(answer.errorTexts[0].contains("7 to 9") && answer.errorTexts[0].contains("Upgrade the broker first"))
    }

    @Test func nonsenseIsRefusedWithASentence() {
        var script = BrokerScript()
        #expect(script.hello("", on: 10).errors == [.unfitCapability])
        #expect(script.hello("x", on: 12, data: DataForm()).errors == [.unfitData])
        let wrong = DataForm(samples: 5, height: 99, width: 28, channels: 1, classes: 10)
        #expect(script.hello("x", on: 14, data: wrong).errorTexts.first?.contains("99x28x1") == true)
        #expect(script.hello("x", tier: "huge", on: 16).errorTexts.first?.contains("small") == true)
    }

    @Test func aSecondCoreIsRefused() {
        var script = BrokerScript()
        script.hello("one", .core, on: 10)
        #expect(script.hello("two", .core, on: 12).errors == [.noFreeSlot])
    }

    @Test func aStrangerMustSayHelloFirst() {
        var script = BrokerScript.running()
        let heartbeat = ControlMessage.heartbeat(busy: false, round: 0, step: 0)
        let answer = script.tell(
            .received(
                ConnectionID(99), Envelope(sender: .edge(0), sessionEpoch: 1, content: .control), .control(heartbeat)))
        #expect(answer.errors == [.notWelcome])
    }

    @Test func anEnvelopeThatLiesAboutItsSenderIsRefused() {
        var script = BrokerScript.running()
        #expect(script.bulk(.generatorActivations, .up, slot: 1, from: 0, as: .edge(1)).errors == [.wrongSender])
        // Its own name but another's slot: dropped and counted.
        let foreign = script.bulk(.generatorActivations, .up, slot: 1, from: 0, as: .edge(0))
        #expect(foreign.forwards == 0)
        #expect(script.broker.counters.refused == 2)
    }

    /// Clusters and weights are the core's to tell: an edge's report would end up in the run's.
    @Test func anEdgeCannotReportAnAggregation() {
        var script = BrokerScript.running()
        let report = ControlMessage.aggregation(AggregationReport(round: 1, entries: []))
        let forged = script.say(report, .edge(0))
        #expect(forged.errors == [.malformed] && !forged.tellsAggregation)
        #expect(script.say(report, .core()).tellsAggregation)
    }

    @Test func aStaleSessionIsRefused() {
        var script = BrokerScript.running()
        #expect(script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0), epoch: 0).forwards == 0)
        script.hello("a", on: 50, nonce: 2)
        script.hello("a", on: 51, lane: .bulk, nonce: 2)
        // The old connection hears that somebody has taken its place.
        #expect(script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0)).errors == [.duplicateWorker])
    }

    @Test func aLateCopyOfAnOldHelloChangesNothing() {
        var script = BrokerScript()
        script.hello("a", on: 10, nonce: 1)
        script.hello("a", on: 20, nonce: 2)
        script.hello("a", on: 21, lane: .bulk, nonce: 2)
        #expect(script.hello("a", on: 10, nonce: 1).isEmpty)
    }

    /// A process dies, its successor is welcomed, and only then its own hello arrives: found by seeds 18, 190 and 282 of `chaos`.
    @Test func theHelloOfADeadProcessTakesNothingOver() {
        var script = BrokerScript.running()
        let late = script.hello("a", on: 50, nonce: 99)
        #expect(late.losses == 0 && late.welcomes.map(\.sessionEpoch) == [2])
        // The one that lives goes on, in its session.
        #expect(script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0)).forwards == 1)
        script.tell(.unreachable(ConnectionID(50)))
        #expect(script.directives.losses == 0 && !script.broker.knows(ConnectionID(50)))
    }

    @Test func whoAnswersItsWelcomeTakesOver() {
        var script = BrokerScript.running()
        script.hello("a", on: 50, nonce: 99)
        let heartbeat = ControlMessage.heartbeat(busy: false, round: 0, step: 0)
        let answer = script.tell(
            .received(
                ConnectionID(50), Envelope(run: 1, sender: .edge(0), sessionEpoch: 2, content: .control), .control(heartbeat)))
        #expect(answer.losses == 1 && answer.errors.isEmpty)
        #expect(script.broker.members[.edge(0)]?.control == ConnectionID(50))
    }

    @Test func whoNeverAnswersItsWelcomeIsForgotten() {
        var script = BrokerScript.running()
        script.hello("a", on: 50, nonce: 99)
        script.now = .seconds(10)
        for member in [MemberID.edge(0), .edge(1), .core()] { script.say(.heartbeat(busy: false, round: 0, step: 0), member) }
        script.tell(.tick)
        #expect(!script.broker.knows(ConnectionID(50)) && script.directives.losses == 0)
        // The next session's number is one that nobody was told.
        #expect(script.hello("a", on: 60, nonce: 7).welcomes.map(\.sessionEpoch) == [3])
    }

    @Test func sessionsAndTermsThatAreUsedUpAreRefused() {
        var script = BrokerScript.running()
        script.broker.members[.edge(0)]?.issuedEpoch = .max
        #expect(script.hello("a", on: 50, nonce: 99).errors == [.noFreeSlot])
        script.broker.term = .max - 1
        let end = script.tell(.unreachable(ConnectionID(10)))
        #expect(script.broker.term == .max && end.journaledEnds.count == 1)
    }

    @Test func silenceEndsALeaseAndAHeartbeatKeepsIt() {
        var script = BrokerScript.running()
        let heartbeat = ControlMessage.heartbeat(busy: true, round: 1, step: 0)
        for second in 1...40 {
            script.now = .seconds(second)
            for (index, member) in [(UInt64(0), MemberID.edge(0)), (2, .core())] {
                script.tell(
                    .received(
                        ConnectionID(2 * index + 10), Envelope(run: 1, sender: member, sessionEpoch: 1, content: .control),
                        .control(heartbeat)))
            }
            script.tell(.tick)
        }
        #expect(script.directives.losses == 1)  // worker-1, which said nothing; nobody who is merely slow
        #expect(script.broker.awaited() == ["worker-1 (b)"])
    }

    @Test func aMalformedMessageCostsTheSenderItsSession() {
        var script = BrokerScript.running()
        let answer = script.tell(.malformed(ConnectionID(10), "torn"))
        #expect(answer.errors == [.malformed])
        #expect(answer.losses == 1)
    }

    /// A hello of a session that its process gave up, read after that of the next: as when a broker slept for a while.
    @Test func aHelloOfAnEarlierSessionDoesNotEndTheLaterOne() {
        var script = BrokerScript()
        script.hello("a", on: 20, nonce: 8)
        #expect(script.hello("a", on: 10, nonce: 7).isEmpty)
        #expect(script.hello("a", on: 21, lane: .bulk, nonce: 8).errors.isEmpty)
        // Another process drew another nonce.
        #expect(script.hello("a", on: 30, nonce: 1 << 40).welcomes.map(\.sessionEpoch) == [2])
    }

    @Test func aConnectionBelongsToOneMemberOnly() {
        var script = BrokerScript()
        script.hello("a", on: 10)
        #expect(script.hello("a", .core, on: 10, nonce: 5).errors == [.wrongSender])
        #expect(script.hello("b", on: 10, nonce: 5).errors == [.wrongSender])
    }

    @Test func probesAreAnsweredUpToABound() {
        var script = BrokerScript.running()
        let probe = ControlMessage.probe(LinkProbe(number: 1, answerBytes: .max))
        var answered = 0
        for _ in 0..<1000 { answered += script.say(probe, .edge(0), lane: .bulk).probeBytes }
        #expect(answered > 4 << 20 && answered <= 8 << 20)
        #expect(script.say(.probe(LinkProbe(number: 2)), .edge(1), lane: .bulk).probeBytes == 0)
        // A new session measures anew.
        script.join("a", index: 9, nonce: 1 << 20)
        #expect(script.say(probe, .edge(0), lane: .bulk).probeBytes == 512 << 10)
    }

    @Test func anArtifactFromAnEdgeCostsItItsSession() {
        var script = BrokerScript.running()
        let envelope = Envelope(
            run: 1, sender: .edge(0), sessionEpoch: 1, content: .artifact(ArtifactKey(round: 1, name: "x")))
        let answer = script.tell(.received(ConnectionID(11), envelope, .bulk(SizedBody())))
        #expect(answer.errors == [.malformed] && answer.losses == 1)
        #expect(!answer.contains { if case .store = $0 { true } else { false } })
    }

    @Test func aBarrierTakesOneMessageOfEach() {
        var script = BrokerScript.fleet(["a", "b"], BrokerScript.settings())
        script.step()
        script.step()
        let answers = (0..<9 as Range<UInt32>).map {
            script.bulk(.modelDeltas, .up, slot: 0, from: 0, as: .edge(0), step: $0).forwards
        }
        #expect(answers == [0, 0, 1, 0, 0, 0, 0, 0, 0])
    }

    @Test func creditsThatComeBackAfterASessionAreNobodys() {
        var script = BrokerScript.fleet(["a", "b"], BrokerScript.settings())
        script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0))
        script.tell(.stopRun(id: "run", reason: "enough"))
        script.tell(.unreachable(ConnectionID(10)))
        script.tell(.handedOver(Credit(member: .edge(0), sessionEpoch: 1, term: 1)))
        #expect(script.broker.members[.edge(0)]?.underWay == 0)
    }

    @Test func statusTellsOfEveryPhase() {
        var script = BrokerScript(BrokerScript.fleet, [])
        #expect(script.broker.status(at: .zero) == FleetStatus(members: [], runs: []))
        script.tell(.submitted(BrokerScript.settings()))
        func look() -> (FleetStatus.State?, [String]) {
            let run = script.broker.status(at: script.now).runs.last
            return (run?.state, run?.awaited ?? [])
        }
        #expect(look() == (.waiting, ["2 of tier small", "a core"]))
        script.answersSearches = false
        for (index, name) in ["a", "b"].enumerated() { script.join(name, index: UInt64(index)) }
        script.join("core", .core, index: 90)
        #expect(look() == (.waiting, ["the planner"]))
        let (number, request, planner) = script.directives.lastSearch!
        script.tell(.planned(number, .success(try! planner.plan(for: request))))
        #expect(look() == (.waiting, ["worker-0 to load its state", "worker-1 to load its state", "core-0 to load its state"]))
        script.readyAll()
        #expect(look() == (.running, ["worker-0", "worker-1"]))
        script.pass(.generatorActivations, .up, slot: 1)
        #expect(look() == (.running, ["worker-0"]))
        script.pass(.generatorActivations, .up, slot: 0)
        #expect(look() == (.running, ["core-0"]))
        script.pass(.generatorActivations, .down, slot: 0)
        script.pass(.generatorActivations, .down, slot: 1)
        #expect(look() == (.running, ["worker-0", "worker-1"]))
        script.tell(.stopRun(id: "run", reason: "enough"))
        #expect(look() == (.stopped, ["worker-0", "worker-1", "core-0"].map { "\($0) to confirm the end" }))
        script.restAll()
        #expect(look() == (.stopped, []))
    }

    @Test func statusNamesThoseWhoHaveNotSavedABarrier() {
        var script = BrokerScript.fleet(["a", "b"], BrokerScript.settings())
        script.step()
        script.step()
        script.exchange(.modelDeltas)
        script.say(.barrierSaved(term: 1, round: 1, digest: []), .core())
        #expect(script.broker.awaited() == ["worker-0", "worker-1"])
    }
}

extension [BrokerDirective] {
    var probeBytes: Int {
        reduce(0) { if case .send(_, _, .probe(let probe)) = $1 { $0 + probe.padding.count } else { $0 } }
    }
}

extension [BrokerDirective] {
    fileprivate var tellsAggregation: Bool { contains { if case .note(.aggregation) = $0 { true } else { false } } }
}
