import OxbowModel
import OxbowProtocol
import OxbowSimulation
import Testing

/// Hundreds of whole runs; a failing seed is printed with its last events.
@Suite struct SymbolicFleetTests {
    @Test func anUndisturbedRunEnds() {
        let outcome = SymbolicFleet().simulate(1, .none)
        #expect(outcome.run == .finished, "\(outcome.tail.joined(separator: "\n"))")
        #expect(outcome.digests.count == 5)
        #expect(outcome.ends.values.allSatisfy { $0 == .finished })
        #expect(outcome.counters.received == outcome.counters.forwarded)
        #expect(outcome.mostBytesInBroker > 0)
    }

    @Test func anotherSeedGivesAnotherEnd() {
        #expect(SymbolicFleet(seed: 1).simulate(1, .none).digests != SymbolicFleet(seed: 2).simulate(1, .none).digests)
    }

    @Test func delaysDuplicatesAndStartOrderChangeNothing() {
        let expected = SymbolicFleet().simulate(0, .none).digests
        for seed in Seeds.first(200) {
            let outcome = SymbolicFleet().simulate(seed, .network)
            #expect(
                outcome.run == .finished && outcome.digests == expected,
                "seed \(seed): \(outcome.tail.suffix(30).joined(separator: "\n"))")
            #expect(outcome.counters.received == outcome.counters.forwarded + outcome.counters.refused)
        }
    }

    @Test func aStrictFleetEndsTheSameWhoeverIsLost() {
        let expected = SymbolicFleet().simulate(0, .none).digests
        var losses = 0
        for seed in Seeds.first(200) {
            let outcome = SymbolicFleet().simulate(seed, .all)
            losses += outcome.losses
            #expect(
                outcome.run == .finished && outcome.digests == expected,
                "seed \(seed): \(outcome.run as Any) \(outcome.tail.suffix(40).joined(separator: "\n"))")
        }
        #expect(losses > 200)
    }

    /// Members and the broker die at any moment, within an event too; the journal and the saved barriers bring all back.
    @Test func aStrictFleetSurvivesItsBroker() {
        let expected = SymbolicFleet().simulate(0, .none).digests
        var crashes = 0
        for seed in Seeds.first(200) {
            let outcome = SymbolicFleet().simulate(seed, .death)
            crashes += outcome.brokerCrashes
            #expect(
                outcome.run == .finished && outcome.digests == expected,
                "seed \(seed): \(outcome.run as Any) \(outcome.tail.suffix(40).joined(separator: "\n"))")
        }
        #expect(crashes > 100, "\(crashes)")
    }

    @Test func anElasticFleetAndItsQueueSurviveTheBroker() {
        var fleet = SymbolicFleet(edges: 5, membership: .elastic, quorum: 0.2)
        (fleet.isClosed, fleet.runs) = (false, 2)
        var crashes = 0
        for seed in Seeds.first(120) {
            let (outcome, broken) = fleet.simulateWithDisks(seed, .death)
            crashes += outcome.brokerCrashes
            #expect(
                outcome.outcomes.suffix(1) == [.finished] && outcome.outcomes.count >= 2 && broken.isEmpty,
                "seed \(seed): \(outcome.outcomes) \(broken) \(outcome.tail.suffix(40).joined(separator: "\n"))")
        }
        #expect(crashes > 60, "\(crashes)")
    }

    @Test func anElasticFleetGoesOn() {
        var losses = 0
        for seed in Seeds.first(200) {
            let (outcome, broken) = SymbolicFleet(edges: 5, membership: .elastic).simulateWithDisks(seed, .all)
            losses += outcome.losses
            #expect(
                outcome.run == .finished && broken.isEmpty,
                "seed \(seed): \(outcome.run as Any) \(broken) \(outcome.tail.suffix(40).joined(separator: "\n"))")
        }
        #expect(losses > 200)
    }
}
