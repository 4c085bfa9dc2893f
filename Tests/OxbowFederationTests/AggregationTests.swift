import OxbowFederation
import Testing

@Suite struct AggregationTests {
    let aggregation = Aggregation(
        own: [["g.0": [1, 2], "g.1": [10]], ["g.0": [3, 6]], ["g.0": [5, 0]]], core: ["g.1": [20], "g.2": [7]])

    @Test func aWorkerCountsWithItsOwnCopyElseTheCores() throws {
        let mean = try aggregation.mean(of: [0, 1], weights: [0.25, 0.75])
        #expect(mean == ["g.0": [2.5, 5], "g.1": [17.5], "g.2": [7]])
    }

    @Test func clustersAndAllHaveTheirMeans() throws {
        let grouping = try Grouping(
            signals: Signals([[0, 0], [0, 0], [5, 0]], channels: 1), samples: [1, 1, 2], clusters: [0, 0, 1], alpha: 0)
        #expect(try aggregation.mean(of: 0, grouping) == ["g.0": [2, 4], "g.1": [15], "g.2": [7]])
        #expect(try aggregation.mean(of: 1, grouping) == ["g.0": [5, 0], "g.1": [20], "g.2": [7]])
        #expect(try aggregation.globalMean(grouping) == ["g.0": [3.5, 2], "g.1": [17.5], "g.2": [7]])
    }

    @Test func sumsAreInDouble() throws {
        let many = Aggregation(own: (0..<3).map { _ in ["t": [0.1]] }, core: [:])
        #expect(try many.mean(of: [0, 1, 2], weights: [1.0 / 3, 1.0 / 3, 1.0 / 3]) == ["t": [0.1]])
    }

    @Test func oneCopyIsItsOwnMean() throws {
        let copy: [Float] = [-0.0, .leastNonzeroMagnitude, -.leastNormalMagnitude, 0.1]
        let mean = try Aggregation(own: [["t": copy]], core: [:]).mean(of: [0], weights: [1])
        #expect(mean["t"]?.map(\.bitPattern) == copy.map(\.bitPattern))
    }

    @Test func wrongWeightsAndCopiesAreRefused() {
        #expect(throws: FederationError.self) { try aggregation.mean(of: [0, 1], weights: [0.5, 0.6]) }
        #expect(throws: FederationError.self) { try aggregation.mean(of: [0, 1], weights: [1]) }
        #expect(throws: FederationError.self) { try aggregation.mean(of: [0, 9], weights: [0.5, 0.5]) }
        #expect(throws: FederationError.self) { try aggregation.mean(of: [], weights: []) }
        #expect(throws: FederationError.self) { try aggregation.mean(of: [0, 1], weights: [.nan, 1]) }
        let missing = Aggregation(own: [["t": [1]], [:]], core: [:])
        #expect(throws: FederationError.self) { try missing.mean(of: [0, 1], weights: [0.5, 0.5]) }
        let unequal = Aggregation(own: [["t": [1]], ["t": [1, 2]]], core: [:])
        #expect(throws: FederationError.self) { try unequal.mean(of: [0, 1], weights: [0.5, 0.5]) }
        let diverged = Aggregation(own: [["t": [1]], ["t": [.infinity]]], core: [:])
        #expect(throws: FederationError.self) { try diverged.mean(of: [0, 1], weights: [0.5, 0.5]) }
    }
}
