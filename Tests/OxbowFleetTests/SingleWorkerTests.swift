import OxbowModel
import OxbowProtocol
import OxbowTestSupport
import Testing

@testable import OxbowFleet

/// One worker and a core: of each block only one copy is ever live, so that no change of cuts may change a bit.
@Suite struct SingleWorkerTests {
    /// All choices there and back, then far jumps: every block moves both ways, alone and with others.
    private func walk() throws -> [Cuts] {
        let all = try ModelDescription(NumericFleet.model).admissibleCuts
        #expect(all.count == 16)
        let jumps = all.indices.map { all[($0 * 7 + 5) % all.count] }
        return all + all.reversed() + jumps + jumps.reversed()
    }

    @Test(arguments: [[0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 1, 0]])
    func changingCutsChangesNoBit(constant: [Int]) throws {
        let still = try LocalRun(plan([constant]))
        let moving = try LocalRun(plan([[0, 0, 0, 0]]))
        for (index, cuts) in try walk().enumerated() {
            let round = UInt32(index + 1)
            try still.round(round)
            try moving.round(round)
            try still.barrier(round)
            try moving.barrier(round, [assignment(0, cuts.values)])
            #expect(moving.edges[0]?.trainer?.cuts == cuts)
            let differences = moving.effective(0).differences(still.effective(0))
            try #require(differences.isEmpty, "round \(round), \(cuts.values): \(differences)")
        }
        #expect(moving.losses == still.losses)
        #expect(Set(moving.losses).count == moving.losses.count)
    }

    @Test func anAdamStateIsInOnePlaceOnly() throws {
        let run = try LocalRun(plan([[0, 0, 0, 0]]))
        try run.round(1)
        try run.barrier(1, [assignment(0, [1, 0, 0, 0])])
        #expect(run.state(.edge(0))["g.1.adam_step"]?.values == [2])
        let cleared = run.state(.core(0)).of(["g.1"], optimizer: true)
        #expect(cleared.count > 0 && cleared.allSatisfy { $0.values.allSatisfy { $0 == 0 } })
        try run.round(2)
        #expect(run.state(.core(0)).of(["g.1"], optimizer: true) == cleared)
        try run.barrier(2, [assignment(0, [0, 0, 0, 0])])
        #expect(run.state(.core(0))["g.1.adam_step"]?.values == [4])
        #expect(run.state(.edge(0))["g.1.adam_step"] == nil)
    }
}
