import Foundation
import OxbowFederation
import OxbowRandom
import Testing

@Suite struct WeightTests {
    @Test func divergenceOfTwoWorkersByHand() throws {
        // One channel, two positions: P = (1/2, 1/2) and (3/4, 1/4); each other's distribution is Q.
        let signals = try Signals([[0, 0], [Float(log(3.0)), 0]], channels: 1)
        let found = Divergence.leaveOneOut(signals, members: [0, 1])
        #expect(abs(found[0] - (0.75 * log(1.5) + 0.25 * log(0.5))) < 1e-6)
        #expect(abs(found[1] - (0.5 * log(0.5 / 0.75) + 0.5 * log(2.0))) < 1e-6)
    }

    @Test func divergenceIsAMeanOverChannelsAndZeroAlone() throws {
        let signals = try Signals([[0, 0, 0, 0], [Float(log(3.0)), 0, 7, 7]], channels: 2)
        let found = Divergence.leaveOneOut(signals, members: [0, 1])
        #expect(abs(found[0] - (0.75 * log(1.5) + 0.25 * log(0.5)) / 2) < 1e-6)
        #expect(Divergence.leaveOneOut(signals, members: [1]) == [0])
    }

    @Test func largeSignalsStayFinite() throws {
        let signals = try Signals([[1e30, 0], [0, 1e30], [-1e30, 3]], channels: 1)
        #expect(Divergence.leaveOneOut(signals, members: [0, 1, 2]).allSatisfy { $0.isFinite && $0 >= 0 })
    }

    @Test func weightsFollowSamplesAndDivergence() throws {
        let found = try Weights.weights(samples: [100, 300], divergences: [0, log(3)], alpha: 1)
        #expect(abs(found[0] - 0.5) < 1e-12 && abs(found[1] - 0.5) < 1e-12)
        #expect(try Weights.plain(samples: [100, 300]) == [0.25, 0.75])
        #expect(try Weights.weights(samples: [0], divergences: [9], alpha: 1) == [1])
    }

    @Test func extremeDivergencesDoNotVanish() throws {
        let found = try Weights.weights(samples: [1, 1, 0], divergences: [5000, 5000, 0], alpha: 1000)
        #expect(found == [0.5, 0.5, 0])
    }

    @Test func sumsOfNothingAreRefused() {
        #expect(throws: FederationError.self) { try Weights.plain(samples: [0, 0]) }
        #expect(throws: FederationError.self) { try Weights.plain(samples: []) }
        #expect(throws: FederationError.self) { try Weights.plain(samples: [1, -1]) }
        #expect(throws: FederationError.self) { try Weights.weights(samples: [1, 1], divergences: [0, .nan], alpha: 1) }
        #expect(throws: FederationError.self) { try Weights.weights(samples: [1, 1], divergences: [0], alpha: 1) }
    }

    @Test func aGroupingWeighsWithinClustersAndOverAll() throws {
        let signals = try Signals([[0, 0], [1, 0], [9, 0]], channels: 1)
        let grouping = try Grouping(signals: signals, samples: [10, 10, 20], clusters: [0, 0, 1], alpha: 1)
        #expect(grouping.clusterCount == 2 && grouping.members(of: 0) == [0, 1])
        #expect(abs(grouping.clusterWeights[0] + grouping.clusterWeights[1] - 1) < 1e-12)
        #expect(grouping.clusterWeights[2] == 1 && grouping.clusterDivergences[2] == 0)
        #expect(abs(grouping.globalWeights.reduce(0, +) - 1) < 1e-12)
        #expect(grouping.globalDivergences[2] > grouping.globalDivergences[0])
        let plain = try Grouping(plain: [1, 3])
        #expect(plain.clusters == [0, 0] && plain.globalWeights == [0.25, 0.75])
        #expect(throws: FederationError.self) {
            try Grouping(signals: signals, samples: [10, 10], clusters: [0, 0, 1], alpha: 1)
        }
    }

    @Test func aGroupingClustersByItself() throws {
        let signals = try Signals([[0, 0], [9, 0], [0.1, 0], [9.1, 0]], channels: 1)
        var random = RandomStream(seed: 1, purpose: .clusters)
        let grouping = try Grouping(signals: signals, samples: [1, 1, 1, 1], count: .chosen(), alpha: 1, random: &random)
        #expect(grouping.clusters == [0, 1, 0, 1])
        #expect(grouping.silhouette.map { $0 > 0.9 } == true)
    }
}
