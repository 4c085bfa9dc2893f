import OxbowModel
import OxbowProtocol
import OxbowTraining
import Testing

@testable import OxbowFleet

/// Until its commit a barrier leaves no trace: repeated in another way, it is as if done that way at once.
@Suite struct RepeatedBarrierTests {
    private static let cuts = [[0, 0, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1]]

    private func trained() throws -> LocalRun {
        let run = try LocalRun(plan(Self.cuts, plainRounds: 1))
        for round in 1...2 as ClosedRange<UInt32> {
            try run.round(round)
            try run.barrier(round)
        }
        try run.round(3)
        return run
    }

    /// Two rounds on, so that anything left behind would show.
    private func end(_ run: LocalRun) throws -> LocalRun {
        try run.commitBarrier(3)
        for round in 4...5 as ClosedRange<UInt32> {
            try run.round(round)
            try run.barrier(round)
        }
        return run
    }

    private func expectSame(_ repeated: LocalRun, _ once: LocalRun) throws {
        #expect(repeated.liveDigests == once.liveDigests)
        #expect(repeated.digests[.core(0)] == once.digests[.core(0)])
        #expect(repeated.plan == once.plan && repeated.members == once.members)
        let (repeated, once) = (try end(repeated), try end(once))
        #expect(repeated.losses == once.losses)
        #expect(repeated.liveDigests == once.liveDigests)
        for slot in once.members { #expect(repeated.digests[.edge(slot)] == once.digests[.edge(slot)]) }
    }

    private static let first = assignments([[1, 1, 1, 1], [0, 0, 0, 0], [0, 1, 0, 0]])
    private static let second = Array(assignments([[1, 0, 0, 1], [1, 1, 1, 0], [0, 0, 0, 0]]).prefix(2))

    @Test func aMemberFewerAndAnotherAmendment() throws {
        let (repeated, once) = (try trained(), try trained())
        try repeated.computeBarrier(3, Self.first)
        try repeated.setMembers([0, 1])
        try repeated.computeBarrier(3, Self.second)
        try once.setMembers([0, 1])
        try once.computeBarrier(3, Self.second)
        try expectSame(repeated, once)
    }

    @Test func anAmendmentThatIsWithdrawn() throws {
        let (repeated, once) = (try trained(), try trained())
        try repeated.computeBarrier(3, Self.first)
        try repeated.setMembers([0, 1])
        try repeated.computeBarrier(3)
        try once.setMembers([0, 1])
        try once.computeBarrier(3)
        try expectSame(repeated, once)
    }

    @Test func anAmendmentThatComesLater() throws {
        let (repeated, once) = (try trained(), try trained())
        try repeated.computeBarrier(3)
        try repeated.setMembers([0, 1, 2])
        try repeated.computeBarrier(3, Self.first)
        try once.computeBarrier(3, Self.first)
        try expectSame(repeated, once)
    }

    @Test func aBarrierThatFewHaveComputed() throws {
        let (repeated, once) = (try trained(), try trained())
        // The core has answered, but nobody heard it.
        let bodies = try repeated.contributions(3, Self.first)
        _ = try repeated.core.perform(.exchangeModels(round: 3, amendment: Self.first), inputs: bodies)
        try repeated.setMembers([0, 1])
        try repeated.computeBarrier(3, Self.second)
        try once.setMembers([0, 1])
        try once.computeBarrier(3, Self.second)
        try expectSame(repeated, once)
    }

    @Test func membersGoOnFromBeforeTheBarrierUntilItsCommit() throws {
        let run = try trained()
        let before = run.liveDigests
        try run.computeBarrier(3, Self.first)
        #expect(run.liveDigests == before)
        try run.setMembers([0, 1, 2])
        #expect(run.liveDigests == before)
        #expect(run.edges[2]?.trainer?.cuts.values == [1, 1, 1, 1])
    }

    @Test func afterOtherMembersNothingIsLeftToSaveOrCommit() throws {
        let run = try trained()
        let before = run.liveDigests
        try run.computeBarrier(3, Self.first)
        try run.setMembers([0, 1, 2])
        for performer in [run.core, run.edges[0]] as [(any TaskPerformer)?] {
            #expect(throws: FleetError.self) { try performer?.perform(.save(round: 3), inputs: []) }
            _ = try performer?.perform(.commitBarrier(round: 3), inputs: [])
        }
        #expect(run.liveDigests == before && run.core.loaded?.plan == run.plan)
    }

    @Test func aNewcomerOfARepeatedBarrierMayStayAway() throws {
        let (repeated, once) = (try trained(), try trained())
        try repeated.join(assignment(3, [0, 1, 0, 1]))
        try repeated.setMembers([0, 1, 2, 3])
        try repeated.computeBarrier(3, assignments(Self.cuts + [[0, 1, 0, 1]]))
        try repeated.setMembers([0, 1, 2])
        try repeated.computeBarrier(3, Self.first)
        try once.computeBarrier(3, Self.first)
        try expectSame(repeated, once)
    }
}
