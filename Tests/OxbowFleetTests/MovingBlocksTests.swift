import OxbowModel
import OxbowProtocol
import OxbowTestSupport
import OxbowTraining
import Testing

@testable import OxbowFleet

/// Several workers: values are the cluster's means, Adam's states go where the blocks go.
@Suite struct MovingBlocksTests {
    /// Weighted mean of one tensor over some states, in double.
    private func mean(_ name: String, _ states: [NamedTensors], _ weights: [Double]) -> [Float]? {
        guard let count = states[0][name]?.values.count else { return nil }
        let sum = weights.reduce(0, +)
        return (0..<count).map { index in
            Float(zip(states, weights).reduce(0) { $0 + $1.1 / sum * Double($1.0[name]?.values[index] ?? .nan) })
        }
    }

    private func close(_ ours: [Float]?, _ theirs: [Float]?) -> Bool {
        guard let ours, let theirs, ours.count == theirs.count else { return false }
        return zip(ours, theirs).allSatisfy { abs($0 - $1) <= 1e-6 * max(abs($0), abs($1)) }
    }

    @Test func everyMemberHasTheClustersMean() throws {
        let run = try LocalRun(plan([[0, 0, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1]]))
        try run.round(1)
        let before = (0..<3).map { run.effective($0) }
        try run.barrier(1, assignments([[1, 1, 0, 0], [0, 0, 1, 1], [0, 1, 0, 1]]))
        for slot in 0..<3 as Range<UInt32> {
            // The same bits as the core's copy, and as any other member's.
            let values = run.effective(slot).of(allBlocks, optimizer: false)
            #expect(values.differences(run.effective(0).of(allBlocks, optimizer: false)).isEmpty)
            let middle = ["g.1", "g.2", "g.3", "d.1", "d.2", "d.3"]
            #expect(values.of(middle, optimizer: false).differences(run.state(.core(0)).of(middle, optimizer: false)).isEmpty)
            for tensor in values {
                #expect(close(tensor.values, mean(tensor.name, before, [60, 30, 90])), "worker \(slot): \(tensor.name)")
            }
        }
        #expect(run.report?.entries.map(\.cluster) == [0, 0, 0])
    }

    @Test func twoClustersHaveTheirOwnMeans() throws {
        let run = try LocalRun(plan([[0, 0, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1]], plainRounds: 0))
        try run.round(1)
        try run.barrier(1, assignments([[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]]))
        let clusters = try #require(run.report).entries.map(\.cluster)
        #expect(Set(clusters).count == 2)
        for first in 0..<3 {
            for second in 0..<3 where first < second {
                let states = [first, second].map { run.state(.edge(UInt32($0))).of(allBlocks, optimizer: false) }
                #expect(states[0].differences(states[1]).isEmpty == (clusters[first] == clusters[second]))
            }
        }
    }

    @Test func keptBlocksKeepTheirAdamAndTakenOverOnesGetTheCores() throws {
        let run = try LocalRun(plan([[0, 0, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1]]))
        try run.round(1)
        let (edge, core) = (run.state(.edge(1)), run.state(.core(0)))
        try run.barrier(1, assignments([[0, 0, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]))
        let after = run.state(.edge(1)).of(allBlocks, optimizer: true)
        let kept = edge.of(["g.0", "g.1", "g.4", "d.0", "d.4"], optimizer: true)
        let taken = core.of(["g.3", "d.1"], optimizer: true)
        #expect(after.differences(NamedTensors(kept.entries + taken.entries)).isEmpty)
        // The first worker still leaves them to the core, and d.3 is left to it by two.
        #expect(run.state(.core(0)).of(allBlocks, optimizer: true).differences(core.of(allBlocks, optimizer: true)).isEmpty)
    }

    @Test func aCoreWithoutAnAdamStateGetsTheWeightedMoments() throws {
        let run = try LocalRun(plan([[1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]))
        try run.round(1)
        // Worker 3 comes later: it has fewer updates of g.1 than the others.
        try run.join(assignment(3, [1, 0, 0, 0]))
        try run.setMembers([0, 1, 2, 3])
        try run.barrier(1, assignments([[1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]))
        #expect(run.state(.edge(3))["g.1.adam_step"]?.values == [0])
        try run.round(2)
        let givers = [1, 3].map { run.state(.edge($0)) }
        #expect(givers.map { $0["g.1.adam_step"]?.values } == [[4], [2]])
        try run.barrier(2, assignments([[1, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]))
        let core = run.state(.core(0)).of(["g.1"], optimizer: true)
        #expect(core["g.1.adam_step"]?.values == [4])
        for tensor in core where tensor.name != "g.1.adam_step" {
            #expect(close(tensor.values, mean(tensor.name, givers, [30, 20])), "\(tensor.name)")
        }
    }

    @Test func aCoreKeepsItsOwnAdamState() throws {
        let run = try LocalRun(plan([[1, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]]))
        try run.round(1)
        let before = run.state(.core(0)).of(["g.1"], optimizer: true)
        try run.barrier(1, assignments([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]))
        #expect(run.state(.core(0)).of(["g.1"], optimizer: true).differences(before).isEmpty)
    }

    @Test func aBlockThatNobodyLeavesToTheCoreHasNoAdamStateThere() throws {
        let run = try LocalRun(plan([[0, 0, 0, 0], [1, 0, 0, 0]]))
        try run.round(1)
        let before = run.state(.core(0)).of(["g.1"], optimizer: true)
        try run.barrier(1, assignments([[1, 0, 0, 0], [1, 0, 0, 0]]))
        #expect(run.state(.edge(0)).of(["g.1"], optimizer: true).differences(before).isEmpty)
        #expect(run.state(.core(0)).of(["g.1"], optimizer: true).allSatisfy { $0.values.allSatisfy { $0 == 0 } })
        #expect(run.state(.core(0))["g.2.adam_step"]?.values == [2])
    }

    @Test func equalCutsAreAsNoAmendment() throws {
        let cuts = [[0, 0, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1]]
        let plain = try LocalRun(plan(cuts, plainRounds: 1))
        let amended = try LocalRun(plan(cuts, plainRounds: 1))
        for round in 1...3 as ClosedRange<UInt32> {
            for run in [plain, amended] { try run.round(round) }
            try plain.barrier(round)
            try amended.barrier(round, assignments(cuts))
            #expect(amended.liveDigests == plain.liveDigests && amended.digests == plain.digests)
        }
        #expect(amended.losses == plain.losses)
    }
}
