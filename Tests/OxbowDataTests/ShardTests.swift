import OxbowData
import Testing

private let members = (0..<25).map { $0 * 2 }

private func shard(_ order: BatchOrder, members: [Int] = members, batch: Int = 8, seed: UInt64 = 1, slot: UInt32 = 0) -> Shard {
    Shard(images: images(50), members: members, seed: seed, slot: slot, batch: batch, order: order)
}

/// Batches of the first rounds, in order.
private func batches(_ shard: Shard, rounds: Int, steps: UInt32) -> [[Int]] {
    (1...UInt32(rounds)).flatMap { round in
        (0..<steps).map { shard.indices(round: round, step: $0, stepsPerRound: steps) }
    }
}

@Suite struct ShardTests {
    @Test func epochsCoverTheShardWithFullBatches() {
        let all = batches(shard(.permutation), rounds: 5, steps: 5)
        #expect(all.allSatisfy { $0.count == 8 })
        let row = all.flatMap { $0 }
        for epoch in 0..<8 { #expect(row[(epoch * 25)..<((epoch + 1) * 25)].sorted() == members) }
        #expect(row[0..<25] != row[25..<50])
    }

    @Test func roundsAreOnlyACut() {
        #expect(batches(shard(.permutation), rounds: 6, steps: 2) == batches(shard(.permutation), rounds: 2, steps: 6))
    }

    @Test func seedAndSlotChangeTheOrder() {
        let usual = batches(shard(.permutation), rounds: 1, steps: 3)
        #expect(batches(shard(.permutation), rounds: 1, steps: 3) == usual)
        #expect(batches(shard(.permutation, seed: 2), rounds: 1, steps: 3) != usual)
        #expect(batches(shard(.permutation, slot: 1), rounds: 1, steps: 3) != usual)
    }

    @Test func freshBatchesAreDrawnWithoutReplacement() {
        let all = batches(shard(.fresh), rounds: 2, steps: 20)
        #expect(all.allSatisfy { Set($0).count == 8 && Set($0).isSubset(of: members) })
        #expect(Set(all).count == 40)
        #expect(Set(all.joined()) == Set(members))
    }

    @Test(arguments: BatchOrder.allCases) func smallShardsAreSampledWithReplacement(_ order: BatchOrder) {
        let small = shard(order, members: [4, 6, 8])
        let all = batches(small, rounds: 1, steps: 10)
        #expect(all.allSatisfy { $0.count == 8 && Set($0).isSubset(of: [4, 6, 8]) })
        #expect(Set(all).count > 1)
    }

    @Test func aShardOfExactlyOneBatch() {
        let exact = shard(.permutation, members: Array(0..<8))
        #expect(batches(exact, rounds: 1, steps: 4).allSatisfy { $0.sorted() == Array(0..<8) })
    }

    @Test func theLastPossibleStepIsComputed() {
        let last = shard(.permutation).indices(round: .max, step: .max - 1, stepsPerRound: .max)
        #expect(last.count == 8)
    }

    @Test func batchesAreFilledIn() {
        let shard = shard(.permutation)
        var labels: [Int32] = []
        var pixels = [Float](repeating: 0, count: 8 * 20)
        pixels.withUnsafeMutableBufferPointer { shard.fill(round: 2, step: 1, stepsPerRound: 3, images: $0, labels: &labels) }
        let indices = shard.indices(round: 2, step: 1, stepsPerRound: 3)
        #expect(labels == indices.map { Int32($0 % 3) })
        #expect(pixels == shard.images.floats(indices))
    }

    @Test func anEpochIsTheLargestShardsBatchCount() {
        #expect(Shard.stepsPerRound(localEpochs: 5, largestShard: 600, batch: 64) == 50)
        #expect(Shard.stepsPerRound(localEpochs: 1, largestShard: 3, batch: 64) == 1)
    }
}
