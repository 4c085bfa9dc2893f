import OxbowFederation
import OxbowTraining

extension FixtureBarrier {
    /// The barrier's divergences and averages as a core computes them, in the clusters that the fixture prescribes.
    public func means() throws -> FixtureMeans {
        let grouping = try Grouping(
            signals: Signals(signals, channels: channels), samples: samples, clusters: clusters, alpha: alpha)
        let aggregation = Aggregation(own: own, core: core)
        return FixtureMeans(
            clusterDivergences: grouping.clusterDivergences, globalDivergences: grouping.globalDivergences,
            clusters: try (0..<grouping.clusterCount).map { try aggregation.mean(of: $0, grouping) },
            global: try aggregation.globalMean(grouping))
    }
}
