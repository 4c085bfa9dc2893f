import OxbowProtocol
import Testing

/// Orders, routing, commits.
@Suite struct BrokerRoundTests {
    @Test func theFirstHalfIsOrderedOnceAllAreReady() {
        let script = BrokerScript.running()
        #expect(
            script.directives.orders.map(\.next) == [.half(HalfStep(round: 1, step: 0, half: .discriminator), regenerate: false)])
    }

    private let exchanges: [Exchange] = [.generatorActivations, .discriminatorActivations, .discriminatorGradients]

    /// Everything of the first half but the last answer.
    private func almostCommitted(_ script: inout BrokerScript) {
        for exchange in exchanges {
            for slot in [UInt32(0), 1] {
                #expect(script.bulk(exchange, .up, slot: slot, from: UInt64(slot), as: .edge(slot)).forwards == 1)
                script.tell(.handedOver(Credit(member: .edge(slot), sessionEpoch: 1, term: 1)))
            }
            for slot in [UInt32(0), 1] where !(exchange == .discriminatorGradients && slot == 1) {
                #expect(script.bulk(exchange, .down, slot: slot, from: 2, as: .core()).forwards == 1)
                script.tell(.handedOver(Credit(member: .core(), sessionEpoch: 1, term: 1)))
            }
        }
    }

    @Test func aHalfIsCommittedWithTheCoresLastAnswer() {
        var script = BrokerScript.running()
        almostCommitted(&script)
        #expect(script.directives.orders.count == 1)
        _ = script.bulk(.discriminatorGradients, .down, slot: 1, from: 2, as: .core())
        let order = script.directives.orders.last
        #expect(order?.commit == .half(HalfStep(round: 1, step: 0, half: .discriminator)))
        #expect(order?.next == .half(HalfStep(round: 1, step: 0, half: .generator), regenerate: false))
    }

    @Test func aCommitIsJournaledBeforeItIsOrdered() {
        var script = BrokerScript.running()
        almostCommitted(&script)
        let last = script.bulk(.discriminatorGradients, .down, slot: 1, from: 2, as: .core())
        let journal = last.firstIndex { if case .journal(.committed, _) = $0 { true } else { false } }
        let order = last.firstIndex { if case .send(_, _, .stepControl) = $0 { true } else { false } }
        #expect(journal != nil && order != nil && journal! < order!)
    }

    @Test func duplicatesOldTermsAndWrongPlacesAreDroppedAndCounted() {
        var script = BrokerScript.running()
        #expect(script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0)).forwards == 1)
        #expect(script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0)).forwards == 0)
        #expect(script.bulk(.generatorActivations, .up, slot: 1, from: 1, as: .edge(1), term: 0).forwards == 0)
        #expect(script.bulk(.generatorGradients, .up, slot: 1, from: 1, as: .edge(1)).forwards == 0)
        #expect(script.bulk(.generatorActivations, .up, slot: 1, from: 1, as: .edge(1), round: 2).forwards == 0)
        let counters = script.broker.counters
        #expect(counters.received == 5 && counters.forwarded == 1 && counters.refused == 4)
    }

    @Test func aNewTermVoidsWhatWasUnderWay() {
        var script = BrokerScript.running(.elastic)
        #expect(script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0)).forwards == 1)
        #expect(script.bulk(.discriminatorActivations, .up, slot: 0, from: 0, as: .edge(0)).forwards == 1)
        let loss = script.tell(.unreachable(ConnectionID(12)))
        #expect(loss.contains { if case .dropBodies(before: 2, sparing: _) = $0 { true } else { false } })
        // Both credits are there again, and those of the first term come back too late to count.
        for _ in 0..<2 { script.tell(.handedOver(Credit(member: .edge(0), sessionEpoch: 1, term: 1))) }
        for exchange in exchanges.prefix(2) {
            #expect(script.bulk(exchange, .up, slot: 0, from: 0, as: .edge(0), term: 2).forwards == 1)
        }
        let third = script.bulk(.discriminatorGradients, .up, slot: 0, from: 0, as: .edge(0), term: 2)
        #expect(third.errors == [.creditExceeded])
    }

    @Test func whoSendsBeyondItsCreditsLosesItsSession() {
        var script = BrokerScript.running()
        #expect(script.bulk(.generatorActivations, .up, slot: 0, from: 0, as: .edge(0)).forwards == 1)
        #expect(script.bulk(.discriminatorActivations, .up, slot: 0, from: 0, as: .edge(0)).forwards == 1)
        let third = script.bulk(.discriminatorGradients, .up, slot: 0, from: 0, as: .edge(0))
        #expect(third.errors == [.creditExceeded])
        #expect(third.losses == 1)
    }

    @Test func aLossPausesAStrictFleetAndShrinksAnElasticOne() {
        var strict = BrokerScript.running(.strict)
        strict.tell(.unreachable(ConnectionID(10)))
        #expect(strict.directives.orders.count == 1)
        #expect(strict.broker.awaited() == ["worker-0 (a)"])

        var elastic = BrokerScript.running(.elastic)
        elastic.tell(.unreachable(ConnectionID(10)))
        let order = elastic.directives.orders.last
        #expect(order?.members == [1] && order?.term == 2)
        #expect(order?.next == .half(HalfStep(round: 1, step: 0, half: .discriminator), regenerate: false))
    }

    @Test func aFailedComputationEndsTheRunWithItsSentence() {
        var script = BrokerScript.running()
        let answer = script.tell(
            .received(
                ConnectionID(10), Envelope(run: 1, sender: .edge(0), sessionEpoch: 1, content: .control),
                .control(.error(.computeFailed, message: "no more"))))
        let end = answer.compactMap { if case .end(let outcome) = $0 { outcome } else { nil } }
        #expect(end == [.failed(message: "worker-0 (a) failed: no more")])
    }
}
