import OxbowProtocol
import Testing

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
        #expect(answer.errorTexts[0].contains("7 to 9") && answer.errorTexts[0].contains("Install the same release"))
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

    @Test func aStaleSessionIsRefused() {
        var script = BrokerScript.running()
        #expect(script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0), epoch: 0).forwards == 0)
        script.hello("a", on: 50, nonce: 2)
        // The old connection hears that somebody has taken its place.
        #expect(script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0)).errors == [.duplicateWorker])
    }

    @Test func aLateCopyOfAnOldHelloChangesNothing() {
        var script = BrokerScript()
        script.hello("a", on: 10, nonce: 1)
        script.hello("a", on: 20, nonce: 2)
        #expect(script.hello("a", on: 10, nonce: 1).isEmpty)
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
}
