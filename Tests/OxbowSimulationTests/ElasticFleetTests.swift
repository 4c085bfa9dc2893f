import OxbowModel
import OxbowProtocol
import OxbowSimulation
import Testing

/// Fleets that grow, shrink and dawdle while they train: hundreds of whole runs.
@Suite struct ElasticFleetTests {
    private func tail(_ seed: UInt64, _ outcome: FleetSimulation.Outcome, _ broken: [String] = []) -> Comment {
        "seed \(seed): \(outcome.run as Any) \(broken) \(outcome.tail.suffix(40).joined(separator: "\n"))"
    }

    @Test func joinsLeavesCrashesAndSlowWorkers() {
        var fleet = SymbolicFleet(edges: 6, rounds: 5, steps: 3, membership: .elastic, quorum: 0.1)
        (fleet.late, fleet.minimum, fleet.isClosed) = (3, 2, false)
        var (joins, leaves, sidelined, losses) = (0, 0, 0, 0)
        for seed in Seeds.first(150) {
            let (outcome, broken) = fleet.simulateWithDisks(seed, .elastic)
            #expect(outcome.run == .finished && broken.isEmpty, tail(seed, outcome, broken))
            #expect(outcome.counters.received == outcome.counters.forwarded + outcome.counters.refused)
            joins += outcome.joins
            leaves += outcome.leaves
            sidelined += outcome.sidelined
            losses += outcome.losses
        }
        #expect(joins > 150 && leaves > 75 && sidelined > 18 && losses > 75, "\((joins, leaves, sidelined, losses))")
    }

    @Test func aFleetGrowsWhileItTrains() {
        var fleet = SymbolicFleet(edges: 6, rounds: 12, steps: 6, membership: .elastic)
        (fleet.late, fleet.isClosed) = (3, false)
        for seed in Seeds.first(25) {
            let outcome = fleet.simulate(seed, .network)
            #expect(outcome.run == .finished, tail(seed, outcome))
            #expect(outcome.amendments.last?.assignments.map(\.slot) == [0, 1, 2, 3, 4, 5], tail(seed, outcome))
            #expect(outcome.digests.count == 7)
        }
    }

    @Test func whoIsSlowButAliveIsNeverTakenForDead() {
        let fleet = SymbolicFleet(edges: 5, rounds: 6, steps: 4, membership: .elastic, quorum: 0.2)
        let faults = Faults().with { ($0.jitter, $0.slowness) = (.milliseconds(20), 0.01) }
        var sidelined = 0
        for seed in Seeds.first(100) {
            let outcome = fleet.simulate(seed, faults)
            #expect(outcome.run == .finished && outcome.sessionsLost == 0, tail(seed, outcome))
            sidelined += outcome.sidelined
        }
        #expect(sidelined > 50)
    }

    @Test func aStrictFleetWaitsForTheSlow() {
        let expected = SymbolicFleet().simulate(0, .none).digests
        let faults = Faults().with { ($0.jitter, $0.slowness) = (.milliseconds(20), 0.02) }
        for seed in Seeds.first(60) {
            let outcome = SymbolicFleet().simulate(seed, faults)
            #expect(outcome.run == .finished && outcome.digests == expected && outcome.sidelined == 0, tail(seed, outcome))
        }
    }

    /// Leaving is a loss for a strict run, which waits until the member is back.
    @Test func aStrictFleetWaitsForThoseWhoLeft() {
        let expected = SymbolicFleet().simulate(0, .none).digests
        var faults = Faults.network
        (faults.leaving, faults.leaves) = (0.02, 2)
        var (leaves, finished) = (0, 0)
        for seed in Seeds.first(100) {
            let outcome = SymbolicFleet(maximumEvents: 20_000).simulate(seed, faults)
            // One that stays away is waited for, for ever.
            guard outcome.run == .finished else { continue }
            #expect(outcome.digests == expected, tail(seed, outcome))
            leaves += outcome.leaves
            finished += 1
        }
        #expect(leaves > 30 && finished > 40, "\((leaves, finished))")
    }

    @Test func queuedRunsAreServedOneAfterTheOther() {
        var fleet = SymbolicFleet(membership: .elastic)
        (fleet.runs, fleet.isClosed) = (3, false)
        for seed in Seeds.first(50) {
            let (outcome, broken) = fleet.simulateWithDisks(seed, .all)
            #expect(
                outcome.outcomes == [.finished, .finished, .finished] && broken.isEmpty && outcome.run == nil,
                tail(seed, outcome, broken))
        }
    }

    @Test func aSeedGivesTheSameRunEventForEvent() {
        var fleet = SymbolicFleet(edges: 6, rounds: 5, membership: .elastic, quorum: 0.1)
        (fleet.late, fleet.minimum, fleet.isClosed) = (3, 2, false)
        for seed in Seeds.first(10) {
            let (one, other) = (fleet.simulate(seed, .elastic), fleet.simulate(seed, .elastic))
            #expect(one.events == other.events && one.digests == other.digests)
            #expect(one.tail == other.tail)
        }
    }

    /// An operator stops runs whenever it likes: the next one is served all the same.
    @Test func stoppedRunsHandTheFleetOn() {
        var fleet = SymbolicFleet(edges: 5, membership: .elastic, quorum: 0.2)
        (fleet.runs, fleet.late, fleet.minimum, fleet.isClosed) = (4, 1, 2, false)
        var faults = Faults.elastic
        (faults.stopping, faults.stops) = (0.05, 3)
        var stopped = 0
        for seed in Seeds.first(60) {
            let (outcome, broken) = fleet.simulateWithDisks(seed, faults)
            let wishes = outcome.outcomes.count { $0 == .stopped(reason: "an operator's wish") }
            #expect(
                outcome.outcomes.count == 4 && outcome.outcomes.count { $0 == .finished } + wishes == 4 && broken.isEmpty,
                tail(seed, outcome, broken))
            stopped += wishes
        }
        #expect(stopped > 60)
    }

    /// The same worker is started on two machines: the later one is served, and strict runs do not show it.
    @Test func twinsReplaceEachOther() {
        let expected = SymbolicFleet().simulate(0, .none).digests
        var fleet = SymbolicFleet()
        fleet.twins = 2
        for seed in Seeds.first(60) {
            let outcome = fleet.simulate(seed, .network)
            #expect(outcome.run == .finished && outcome.digests == expected, tail(seed, outcome))
        }
        fleet.membership = .elastic
        for seed in Seeds.first(60) {
            let (outcome, broken) = fleet.simulateWithDisks(seed, .all)
            #expect(outcome.run == .finished && broken.isEmpty, tail(seed, outcome, broken))
        }
    }
}
