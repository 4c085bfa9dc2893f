import Testing

@testable import OxbowData

private func source(_ count: Int, workers: Int, classes: Int = 10, name: String = "x") -> Partition.Source {
    Partition.Source(name: name, labels: (0..<count).map { UInt8($0 % classes) }, classes: classes, workers: workers)
}

@Suite struct PartitionTests {
    @Test func largestRemainder() {
        #expect(apportion(10, [1]) == [10])
        #expect(apportion(10, [33, 40, 13, 13]) == [4, 4, 1, 1])
        #expect(apportion(100, [33, 40, 13, 13]) == [33, 41, 13, 13])
        #expect(apportion(10, [30, 70]) == [3, 7])
        #expect(apportion(1, [20, 30, 50]) == [0, 0, 1])
        #expect(apportion(3, [1, 1]) == [2, 1])
        #expect(apportion(0, [1, 2]) == [0, 0])
    }

    @Test func iidDealsEverythingEqually() throws {
        let shards = try Partition.iid.shards(of: [source(1003, workers: 4)], seed: 1)[0]
        // The cap, a fourth of 1003, is whole images.
        #expect(shards.map(\.count) == [250, 250, 250, 250])
        #expect(Set(shards.joined()).count == 1000)
    }

    @Test func capIsAShareOfTheLargestDomain() throws {
        let shards = try Partition.iid.shards(of: [source(1000, workers: 2), source(400, workers: 2)], seed: 1)
        #expect(shards.map { $0.map(\.count) } == [[250, 250], [200, 200]])
    }

    @Test(arguments: Partition.allCases) func shardsAreDisjointAndAFunctionOfTheSeed(_ partition: Partition) throws {
        let sources = [source(5000, workers: 7), source(3000, workers: 3, name: "y")]
        let shards = try partition.shards(of: sources, seed: 9)
        #expect(try partition.shards(of: sources, seed: 9) == shards)
        #expect(try partition.shards(of: sources, seed: 10) != shards)
        for domain in shards {
            let all = domain.flatMap { $0 }
            #expect(Set(all).count == all.count)
        }
    }

    @Test func exclusionsHaveTheirShares() throws {
        let sources = [source(100_000, workers: 50), source(100_000, workers: 50)]
        func lacking(_ partition: Partition) throws -> [Int: Int] {
            let shards = try partition.shards(of: sources, seed: 3)
            return zip(sources, shards).reduce(into: [:]) { counts, pair in
                for shard in pair.1 { counts[10 - Set(shard.map { pair.0.labels[$0] }).count, default: 0] += 1 }
            }
        }
        #expect(try lacking(.nonIID) == [0: 33, 2: 41, 3: 13, 4: 13])
        #expect(try lacking(.highlyNonIID) == [2: 40, 3: 60])
    }

    @Test func capsHaveTheirShares() throws {
        // One worker's deal is far above every cap, and all labels are alike: counts are the caps.
        let sources = [source(6000, workers: 10, classes: 1), source(12_000, workers: 10, classes: 1)]
        let counts = try Partition.highlyNonIID.shards(of: sources, seed: 5).joined().map(\.count)
        #expect(counts.count { $0 == 100 } == 4)
        #expect(counts.count { $0 == 200 } == 6)
        #expect(counts.count { $0 == 600 } == 10)
    }

    @Test func excludedLabelsDifferBetweenWorkers() throws {
        let sources = [source(20_000, workers: 20)]
        let shards = try Partition.highlyNonIID.shards(of: sources, seed: 3)[0]
        #expect(Set(shards.map { Set($0.map { sources[0].labels[$0] }) }).count > 10)
    }

    @Test func aClassIsAlwaysLeft() throws {
        let shards = try Partition.highlyNonIID.shards(of: [source(600, workers: 6, classes: 2)], seed: 1)[0]
        #expect(shards.allSatisfy { !$0.isEmpty })
    }

    @Test func emptyShardsAreAnError() {
        let error = #expect(throws: DataError.self) { try Partition.iid.shards(of: [source(3, workers: 4)], seed: 1) }
        #expect(error?.code == .tooFewImages)
        #expect(error?.description.hasPrefix("Unable to partition 'x': of 3 images none is left for worker 1 of 4.") == true)
    }

    @Test func equalSharesOfASingleDomain() throws {
        let whole = source(103, workers: 4)
        let shares = try (0..<4).map { try Partition.share($0, of: 4, source: whole, seed: 1) }
        #expect(shares.map(\.count) == [26, 26, 26, 25])
        #expect(Set(shares.joined()) == Set(0..<103))
    }
}
