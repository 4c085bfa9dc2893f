import OxbowFleet
import OxbowProtocol
import OxbowSimulation
import OxbowTestSupport
import Testing

/// Members that do not compute beside those that do: what they send must be what the others can use.
@Suite struct StandInTests {
    private func simulate(_ fleet: NumericFleet, standIns: @escaping (Role) -> Bool) -> FleetSimulation.Outcome {
        let simulation = FleetSimulation(settings: fleet.settings(), runs: [fleet.run()], seed: 1, faults: .none)
        let bodies = StandInBodies(makeBody: HeapBody.factory)
        for (role, slot) in fleet.cuts.indices.map({ (Role.edge, UInt32($0)) }) + [(.core, 0)] {
            let store = MemoryStateStore()
            let identity = fleet.identity(role, slot)
            simulation.add(
                identity,
                makePerformer: {
                    standIns(role)
                        ? StandInPerformer(role: role, workerID: identity.workerID, bodies: bodies)
                        : fleet.performer(role, slot, store)
                },
                saved: { (store.saved.run, store.saved.barriers) })
        }
        return simulation.run()
    }

    @Test func aRealCoreTakesWhatStandInsSend() {
        let outcome = simulate(NumericFleet()) { $0 == .edge }
        #expect(outcome.run == .finished, "\(outcome.tail.suffix(20).joined(separator: "\n"))")
        #expect(outcome.counters.forwarded == 3 * 3 * (2 * 12 + 2))
    }

    @Test func realEdgesTakeWhatACoreThatStandsInSends() {
        let outcome = simulate(NumericFleet()) { $0 == .core }
        #expect(outcome.run == .finished, "\(outcome.tail.suffix(20).joined(separator: "\n"))")
    }

    @Test func nobodyComputes() {
        let outcome = simulate(NumericFleet()) { _ in true }
        #expect(outcome.run == .finished, "\(outcome.tail.suffix(20).joined(separator: "\n"))")
    }
}
