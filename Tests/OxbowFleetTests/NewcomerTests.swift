import OxbowModel
import OxbowProtocol
import OxbowTraining
import Testing

@testable import OxbowFleet

/// Newcomers enter by an amendment, and a fleet goes on from what an amended barrier saved.
@Suite struct NewcomerTests {
    private static let cuts = [[0, 0, 0, 0], [1, 0, 0, 1]]

    @Test func aNewcomerStartsFromTheGlobalMeanAndTheCoresAdam() throws {
        let run = try LocalRun(plan(Self.cuts))
        try run.round(1)
        let core = run.state(.core(0))
        try run.join(assignment(2, [0, 0, 0, 0]))
        try run.setMembers([0, 1, 2])
        try run.barrier(1, assignments(Self.cuts + [[1, 1, 0, 1]]))
        let state = run.state(.edge(2))
        #expect(run.edges[2]?.trainer?.cuts.values == [1, 1, 0, 1])
        #expect(run.report?.entries.map(\.slot) == [0, 1])
        let (moved, outermost) = (["g.1", "g.3", "d.3"], ["g.0", "g.4", "d.0", "d.4"])
        #expect(state.of(moved, optimizer: true).differences(core.of(moved, optimizer: true)).isEmpty)
        #expect(state["g.3.adam_step"]?.values == [2])
        #expect(state.of(outermost, optimizer: true).allSatisfy { $0.values.allSatisfy { $0 == 0 } })
        let everyBlock = run.effective(0).of(allBlocks, optimizer: false)
        #expect(run.effective(2).of(allBlocks, optimizer: false).differences(everyBlock).isEmpty)
        try run.round(2)
        try run.barrier(2)
        #expect(run.report?.entries.map(\.slot) == [0, 1, 2])
    }

    @Test func whereTheCoreHasNoAdamStateANewcomersIsFresh() throws {
        let run = try LocalRun(plan([[1, 0, 0, 0], [1, 0, 0, 0]]))
        try run.round(1)
        try run.join(assignment(2, [0, 0, 0, 0]))
        try run.setMembers([0, 1, 2])
        try run.barrier(1, assignments([[1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]))
        #expect(run.state(.edge(2)).of(["g.1"], optimizer: true).allSatisfy { $0.values.allSatisfy { $0 == 0 } })
    }

    @Test func aNewcomerGetsWhatIsGivenUpAtTheSameBarrier() throws {
        let run = try LocalRun(plan([[1, 0, 0, 0]]))
        try run.round(1)
        let given = run.state(.edge(0)).of(["g.1"], optimizer: true)
        try run.join(assignment(1, [0, 0, 0, 0]))
        try run.setMembers([0, 1])
        try run.barrier(1, assignments([[0, 0, 0, 0], [1, 0, 0, 0]]))
        #expect(run.state(.edge(1)).of(["g.1"], optimizer: true).differences(given).isEmpty)
        #expect(run.state(.core(0)).of(["g.1"], optimizer: true).differences(given).isEmpty)
    }

    @Test func aNewcomerChangesNoBitOfThoseWhoStay() throws {
        let (alone, joined) = (try LocalRun(plan(Self.cuts)), try LocalRun(plan(Self.cuts)))
        for run in [alone, joined] { try run.round(1) }
        try joined.join(assignment(2, [1, 1, 1, 1]))
        try joined.setMembers([0, 1, 2])
        try alone.barrier(1)
        try joined.barrier(1, assignments(Self.cuts + [[1, 1, 1, 1]]))
        for member in [MemberID.edge(0), .edge(1), .core(0)] {
            #expect(joined.state(member).differences(alone.state(member)).isEmpty, "\(member)")
        }
    }

    @Test func thoseWhoLeaveAtABarrierChangeNoBitOfThoseWhoStay() throws {
        let cuts = Self.cuts + [[1, 1, 1, 1]]
        let (plain, amended) = (try LocalRun(plan(cuts)), try LocalRun(plan(cuts)))
        for run in [plain, amended] {
            try run.round(1)
            try run.setMembers([0, 1])
        }
        try plain.barrier(1)
        try amended.barrier(1, assignments(Self.cuts))
        for run in [plain, amended] {
            try run.round(2)
            try run.barrier(2)
        }
        #expect(amended.liveDigests == plain.liveDigests && amended.losses == plain.losses)
        #expect(amended.plan.assignments.count == 2)
    }

    @Test func aFleetOfNewcomersOnlyHasNothingToAverage() throws {
        let run = try LocalRun(plan(Self.cuts))
        try run.join(assignment(2, [0, 0, 0, 0]))
        try run.setMembers([2])
        #expect(throws: FleetError("Unable to average: no worker has trained yet.")) {
            try run.computeBarrier(1, [assignment(2, [0, 0, 0, 0])])
        }
    }

    @Test func anAmendedBarrierIsLoadedWithTheAmendedPlan() throws {
        let run = try LocalRun(plan(Self.cuts, plainRounds: 0))
        try run.round(1)
        try run.join(assignment(2, [0, 0, 0, 0]))
        try run.setMembers([0, 1, 2])
        try run.barrier(1, assignments([[1, 1, 1, 1], [0, 0, 0, 0], [0, 1, 1, 0]]))
        let saved = run.digests
        let stores = run.stores.mapValues { store in
            let copy = MemoryStateStore()
            if let state = try? store.load(run: 4711, round: 1) { copy.save(state, run: 4711, round: 1) }
            return copy
        }
        let loaded = try LocalRun(run.plan, barrier: 1, stores: stores)
        #expect(saved.count == 4 && loaded.digests == saved)
        #expect(loaded.liveDigests == run.liveDigests)
        for next in [run, loaded] {
            try next.round(2)
            try next.barrier(2, assignments([[0, 0, 0, 0], [0, 0, 0, 1], [1, 1, 1, 1]]))
        }
        #expect(loaded.digests == run.digests && loaded.losses == Array(run.losses.suffix(2)))
    }
}
