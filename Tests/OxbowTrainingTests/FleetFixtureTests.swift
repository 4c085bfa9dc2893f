import Foundation
import OxbowFederation
import OxbowFleet
import OxbowRandom
import OxbowTraining
import Testing

@Suite struct FleetFixtureTests {
    @Test(.enabled(if: !Fixtures.fleets.isEmpty), arguments: Fixtures.fleets)
    func everyRecordedNumberIsMet(_ fleet: URL) throws {
        let deviations = try Fixtures.load(fleet).fixture.run(lanes: 2, aggregate: { try $0.means() })
        #expect(deviations.count > 100)
        for deviation in deviations where !deviation.isWithin { Issue.record("\(deviation)") }
        for tolerance in Set(deviations.map(\.tolerance)).sorted() {
            let worst = deviations.filter { $0.tolerance == tolerance }.max { $0.error < $1.error }
            print(
                "\(fleet.deletingLastPathComponent().lastPathComponent): worst of tolerance \(tolerance): \(worst.map { "\($0)" } ?? "none")"
            )
        }
    }

    @Test(.enabled(if: !Fixtures.fleets.isEmpty), arguments: Fixtures.fleets)
    func clustersAndMeansOfTheRecordedStateAreTheRecordedOnes(_ fleet: URL) throws {
        guard let recorded = try RecordedBarrier(fleet) else { return }
        var random = RandomStream(seed: 1, purpose: .clusters)
        let found = try Clusters.find(
            recorded.signals, count: Set(recorded.clusters).count, random: &random)
        #expect(found == Self.byFirst(recorded.clusters))
        let grouping = try Grouping(
            signals: recorded.signals, samples: recorded.samples, clusters: recorded.clusters, alpha: recorded.alpha)
        for client in recorded.clusters.indices {
            #expect(abs(grouping.clusterDivergences[client] - recorded.inCluster[client]) < 1e-5)
            #expect(abs(grouping.globalDivergences[client] - recorded.global[client]) < 1e-5)
        }
        let aggregation = Aggregation(own: recorded.own, core: recorded.core)
        for client in recorded.clusters.indices {
            let mean = try aggregation.mean(of: recorded.clusters[client], grouping)
            for name in recorded.own[client].keys {
                let error = try #require(recorded.error(mean[name], "aggregated.client\(client).\(name)"))
                #expect(error < 1e-6, "\(client) \(name)")
            }
        }
        let mean = try aggregation.globalMean(grouping)
        for name in recorded.core.keys {
            let error = try #require(recorded.error(mean[name], "aggregated.server.\(name)"))
            #expect(error < 1e-6, "server \(name)")
        }
    }

    private static func byFirst(_ clusters: [Int]) -> [Int] {
        var order: [Int] = []
        for cluster in clusters where !order.contains(cluster) { order.append(cluster) }
        return clusters.map { order.firstIndex(of: $0) ?? -1 }
    }
}

/// The barrier of a fixture as recorded: nothing of it computed here.
private struct RecordedBarrier {
    let lookup: FleetFixture.Lookup
    let signals: Signals
    let samples: [Int]
    let clusters: [Int]
    let alpha: Double
    let inCluster: [Double]
    let global: [Double]
    let own: [[String: [Float]]]
    let core: [String: [Float]]

    init?(_ fleet: URL) throws {
        let (fixture, lookup) = try Fixtures.load(fleet)
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: fleet.appendingPathExtension("json")))
        guard let fields = json as? [String: Any], let samples = fields["sample_counts"] as? [Int],
            let clusters = fields["clusters"] as? [Int], let inCluster = fields["kld_in_cluster"] as? [Double],
            let global = fields["kld_global"] as? [Double]
        else { return nil }
        self.lookup = lookup
        self.samples = samples
        self.clusters = clusters
        self.alpha = fields["alpha"] as? Double ?? 1
        self.inCluster = inCluster
        self.global = global
        let taps = try samples.indices.map { try #require(lookup("tap.client\($0)")) }
        signals = try Signals(taps.map(Self.meanOverBatch), channels: taps[0].shape[1])
        let names = fixture.model.blockNames.flatMap { fixture.model[$0].tensors.map(\.name) }
        func tensors(_ owner: String) -> [String: [Float]] {
            var found: [String: [Float]] = [:]
            for name in names { found[name] = lookup("trained.\(owner).\(name)")?.values }
            return found
        }
        own = samples.indices.map { tensors("client\($0)") }
        core = tensors("server")
    }

    static func meanOverBatch(_ tap: (shape: [Int], values: [Float])) -> [Float] {
        let count = tap.values.count / tap.shape[0]
        return (0..<count).map { index in
            let sum = stride(from: index, to: tap.values.count, by: count).reduce(0.0) { $0 + Double(tap.values[$1]) }
            return Float(sum / Double(tap.shape[0]))
        }
    }

    func error(_ ours: [Float]?, _ name: String) -> Double? {
        guard let ours, let theirs = lookup(name)?.values, ours.count == theirs.count else { return nil }
        let difference = zip(ours, theirs).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
        let norm = theirs.reduce(0.0) { $0 + pow(Double($1), 2) }
        return norm > 0 ? (difference / norm).squareRoot() : difference.squareRoot()
    }
}
