import Foundation
import OxbowFleet
import OxbowModel
import OxbowProtocol
import OxbowScheduling
import OxbowSimulation
import OxbowTestSupport
import Testing

/// Whole runs with real arithmetic on the virtual network: the same bits whatever happens.
@Suite struct NumericFleetTests {
    private func hash(_ outcome: FleetSimulation.Outcome) -> String { StateDigest.stateHash(outcome.digests) }

    @Test func oneSeedOneHashWhateverTheNetworkDoes() {
        let undisturbed = NumericFleet().simulate(0, .none)
        #expect(undisturbed.run == .finished, "\(undisturbed.tail.joined(separator: "\n"))")
        for seed in 1...12 as ClosedRange<UInt64> {
            let outcome = NumericFleet().simulate(seed, .network)
            #expect(
                outcome.run == .finished && hash(outcome) == hash(undisturbed),
                "seed \(seed): \(outcome.tail.suffix(20).joined(separator: "\n"))")
        }
    }

    /// A broker that died between the two would wait for ever for members that have left.
    @Test func theEndIsJournaledBeforeAnybodyHearsOfIt() {
        var isJournaled = false
        var told = 0
        _ = NumericFleet().simulate(0, .none) { tap in
            switch tap {
            case .directive(.journal(.ended, true), _): isJournaled = true
            case .directive(.send(_, _, .stepControl(let order)), _) where order.next == .finish:
                told += 1
                #expect(isJournaled)
            default: break
            }
        }
        #expect(isJournaled && told == 4)
    }

    /// Scores, early, late or never, change no bit, whoever is lost meanwhile.
    @Test func aScoredFleetEndsWithTheSameBits() {
        let undisturbed = hash(NumericFleet().simulate(0, .none))
        var fleet = NumericFleet()
        fleet.scoring = ScoringSettings(every: 2, samples: 10)
        var told = 0
        for (seed, faults) in [(0, .none), (1, .network)] + (2..<14).map({ ($0, Faults.all) }) as [(UInt64, Faults)] {
            let outcome = fleet.simulate(seed, faults)
            told += outcome.scores.count
            #expect(
                outcome.run == .finished && outcome.broken.isEmpty && hash(outcome) == undisturbed,
                "seed \(seed): \(outcome.run as Any) \(outcome.broken) \(outcome.tail.suffix(20).joined(separator: "\n"))")
        }
        #expect(told > 20)
    }

    @Test func anotherSeedAnotherHash() {
        #expect(hash(NumericFleet(seed: 5).simulate(0, .none)) != hash(NumericFleet(seed: 6).simulate(0, .none)))
    }

    @Test func lanesOfTheCoreDoNotMatter() {
        #expect(hash(NumericFleet(lanes: 1).simulate(0, .none)) == hash(NumericFleet(lanes: 3).simulate(0, .none)))
    }

    @Test func aStrictFleetThatLosesMembersEndsWithTheSameBits() {
        let undisturbed = hash(NumericFleet().simulate(0, .none))
        var losses = 0
        for seed in 1...25 as ClosedRange<UInt64> {
            let outcome = NumericFleet().simulate(seed, .all)
            losses += outcome.losses
            #expect(
                outcome.run == .finished && hash(outcome) == undisturbed,
                "seed \(seed): \(outcome.run as Any) \(outcome.tail.suffix(20).joined(separator: "\n"))")
        }
        #expect(losses > 10)
    }

    @Test func anElasticFleetGoesOnWithThoseWhoAreThere() {
        for seed in 1...25 as ClosedRange<UInt64> {
            let outcome = NumericFleet(membership: .elastic).simulate(seed, .all)
            #expect(
                outcome.run == .finished,
                "seed \(seed): \(outcome.run as Any) \(outcome.tail.suffix(20).joined(separator: "\n"))")
        }
    }

    /// Real arithmetic in fleets whose members come, go and dawdle, and whose blocks move at every barrier.
    @Test func blocksMoveInAFleetThatComesAndGoes() {
        var moves = 0
        for seed in 1...30 as ClosedRange<UInt64> {
            var fleet = NumericFleet(membership: .elastic, rounds: 5)
            fleet.scheduling = Scheduling(planner: TurningPlanner(), replanning: .measured, leastGain: 0)
            let outcome = fleet.simulate(seed, .elastic)
            #expect(
                outcome.run == .finished,
                "seed \(seed): \(outcome.run as Any) \(outcome.tail.suffix(20).joined(separator: "\n"))")
            moves += outcome.amendments.count
        }
        #expect(moves > 60)
    }

    @Test func movedBlocksGiveTheSameBitsWhateverTheNetworkDoes() {
        func simulate(_ seed: UInt64, _ faults: Faults) -> FleetSimulation.Outcome {
            var fleet = NumericFleet(rounds: 5)
            fleet.scheduling = Scheduling(planner: TurningPlanner(), replanning: .measured, leastGain: 0)
            return fleet.simulate(seed, faults)
        }
        let undisturbed = simulate(0, .none)
        #expect(undisturbed.run == .finished && undisturbed.amendments.count == 5)
        #expect(hash(undisturbed) != hash(NumericFleet(rounds: 5).simulate(0, .none)))
        for seed in 1...8 as ClosedRange<UInt64> {
            let outcome = simulate(seed, .network)
            #expect(outcome.run == .finished && hash(outcome) == hash(undisturbed), "seed \(seed)")
        }
    }

    @Test func theBrokerHoldsAtMostWhatCreditsAllow() {
        let outcome = NumericFleet().simulate(3, .network)
        #expect(outcome.counters.received == outcome.counters.forwarded + outcome.counters.refused)
    }
}
