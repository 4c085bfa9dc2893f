import OxbowFederation
import OxbowProtocol
import OxbowRandom

// Who is averaged with whom, and what is told of it.
extension Barrier {
    static func group(
        _ loaded: CorePerformer.Loaded, round: UInt32, _ contributing: [BarrierMember]
    ) throws -> Grouping {
        let samples = contributing.map(\.samples)
        let method = loaded.plan.method
        let signal = loaded.trainer.signal
        let rows = contributing.compactMap { signal[Int($0.slot)] }
        guard round > method.plainRounds, rows.count == samples.count else { return try Grouping(plain: samples) }
        let channels = loaded.model[loaded.model.signalBlock].output.channels
        let count: ClusterCount =
            method.clusters == 0 ? .chosen() : .told(min(Int(method.clusters), samples.count))
        var random = RandomStream(seed: loaded.plan.seed, purpose: .clusters, round: round)
        return try Grouping(
            signals: Signals(rows, channels: channels), samples: samples, count: count, alpha: method.alpha,
            random: &random)
    }

    static func entries(_ grouping: Grouping, slots: [UInt32]) -> [AggregationReport.Entry] {
        slots.indices.map { row in
            AggregationReport.Entry(
                slot: slots[row], cluster: UInt32(grouping.clusters[row]),
                clusterDivergence: grouping.clusterDivergences[row], globalDivergence: grouping.globalDivergences[row],
                clusterWeight: grouping.clusterWeights[row], globalWeight: grouping.globalWeights[row])
        }
    }
}
