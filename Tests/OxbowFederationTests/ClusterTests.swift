import OxbowFederation
import OxbowRandom
import Testing

@Suite struct ClusterTests {
    /// Rows around `centres`, member by member in turn.
    func blobs(_ centres: [Float], members: Int, spread: Float, seed: UInt64 = 1) throws -> Signals {
        var random = RandomStream(seed: seed, purpose: .simulation)
        let rows = (0..<members * centres.count).map { row in
            (0..<24).map { _ in centres[row % centres.count] + spread * random.normal() }
        }
        return try Signals(rows, channels: 4)
    }

    @Test(arguments: 0..<20) func separatedBlobsAreFound(_ seed: UInt64) throws {
        let signals = try blobs([0, 5, -5], members: 6, spread: 0.5, seed: seed)
        var random = RandomStream(seed: seed, purpose: .clusters)
        #expect(try Clusters.find(signals, count: 3, random: &random) == (0..<18).map { $0 % 3 })
    }

    @Test(arguments: 1...4) func theirNumberIsChosenFromTheData(_ count: Int) throws {
        let signals = try blobs((0..<count).map { Float($0) * 3 }, members: 5, spread: 0.7)
        var random = RandomStream(seed: 3, purpose: .clusters)
        let found = try Clusters.find(signals, .chosen(), random: &random)
        #expect(found.clusters == (0..<5 * count).map { $0 % count })
        #expect((found.silhouette != nil) == (count > 1))
    }

    @Test func theSameStreamGivesTheSameClusters() throws {
        let signals = try blobs([0, 0.3], members: 8, spread: 1)
        var first = RandomStream(seed: 5, purpose: .clusters)
        var second = first
        #expect(
            try Clusters.find(signals, count: 4, random: &first) == Clusters.find(signals, count: 4, random: &second))
    }

    @Test func equalRowsAndFewRowsAreClustered() throws {
        let equal = try Signals([[1, 2], [1, 2], [1, 2]], channels: 1)
        var random = RandomStream(seed: 5, purpose: .clusters)
        #expect(try Clusters.find(equal, count: 2, random: &random).count == 3)
        #expect(try Clusters.find(equal, .chosen(), random: &random).clusters == [0, 0, 0])
        let two = try Signals([[1, 2], [5, 2]], channels: 1)
        #expect(try Clusters.find(two, .chosen(), random: &random).clusters == [0, 0])
        #expect(try Clusters.find(two, count: 2, random: &random) == [0, 1])
    }

    @Test func impossibleCountsAndSignalsAreRefused() throws {
        let signals = try Signals([[1, 2], [5, 2]], channels: 1)
        var random = RandomStream(seed: 5, purpose: .clusters)
        for count in [0, 3] {
            #expect(throws: FederationError.self) { try Clusters.find(signals, count: count, random: &random) }
        }
        #expect(throws: FederationError.self) { try Signals([], channels: 1) }
        #expect(throws: FederationError.self) { try Signals([[1, 2, 3]], channels: 2) }
        #expect(throws: FederationError.self) { try Signals([[1, 2], [1]], channels: 1) }
        let error = #expect(throws: FederationError.self) { try Signals([[1, 2], [.nan, 1]], channels: 1) }
        #expect(error?.description.hasPrefix("Unable to cluster 'signal 1': it holds a number that is not finite;") == true)
    }
}
