import OxbowProtocol
import Testing

@testable import OxbowSimulation

/// Runs whose workers score their generators, on a network and machines where anything may go wrong.
@Suite struct ScoringFleetTests {
    private func fleet(_ membership: Membership = .strict, every: UInt32 = 1, runs: Int = 1) -> SymbolicFleet {
        var fleet = SymbolicFleet(membership: membership, runs: runs)
        fleet.scoring = ScoringSettings(every: every, samples: 10)
        return fleet
    }

    @Test func everyWorkerTellsEveryScoredRound() {
        for (every, rounds) in [(0, [3]), (1, [1, 2, 3]), (2, [2, 3])] as [(UInt32, [UInt32])] {
            let outcome = fleet(every: every).simulate(1, .none)
            #expect(outcome.run == .finished)
            for round in rounds {
                #expect(outcome.scores.filter { $0.round == round }.map(\.member).sorted() == (0..<4).map { .edge($0) })
            }
            #expect(outcome.scores.count == 4 * rounds.count)
        }
    }

    /// Whoever is lost, late or twice: the run ends with the bits of an unscored one, and scores are of committed rounds.
    @Test func scoresDisturbNothing() {
        var plain = fleet()
        plain.scoring = nil
        let digests = plain.simulate(1, .none).digests
        var (told, losses, deaths) = (0, 0, 0)
        for (name, faults) in Faults.presets {
            for seed in Seeds.first(12) {
                for membership in [Membership.strict, .elastic] {
                    let outcome = fleet(membership).simulate(seed, faults)
                    let isRight = outcome.run == .finished && outcome.broken.isEmpty
                    let isSame = membership == .elastic || outcome.digests == digests
                    #expect(
                        isRight && isSame,
                        "\(name) seed \(seed) \(membership): \(outcome.run as Any) \(outcome.broken) \(outcome.tail.suffix(20).joined(separator: "\n"))"
                    )
                    (told, losses, deaths) = (
                        told + outcome.scores.count, losses + outcome.losses, deaths + outcome.brokerCrashes
                    )
                }
            }
        }
        #expect(told > 500 && losses > 50 && deaths > 5, "\(told) \(losses) \(deaths)")
    }

    /// Scores that take longer than a round, or than the end waits, come late or not at all.
    @Test func slowScoresDoNotHoldUpRuns() {
        for seed in Seeds.first(6) {
            let slow = Faults.network.with { $0.scoring = .seconds(300) }
            let outcome = fleet(runs: 3).simulate(seed, slow)
            #expect(outcome.outcomes == [.finished, .finished, .finished] && outcome.broken.isEmpty, "seed \(seed)")
            #expect(outcome.scores.count < 36)
        }
    }

    @Test func whoTellsNothingIsWaitedForOnlySoLong() {
        let silent = Faults.none.with { $0.unscored = 1 }
        let (outcome, usual) = (fleet().simulate(1, silent), fleet().simulate(1, .none))
        #expect(outcome.run == .finished && outcome.scores.isEmpty)
        #expect(outcome.virtualTime - usual.virtualTime > .seconds(55) && outcome.virtualTime - usual.virtualTime < .seconds(65))
    }
}
