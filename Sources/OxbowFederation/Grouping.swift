import OxbowRandom

/// Who is averaged with whom at a barrier, and with what weight. All arrays are by rising slot.
public struct Grouping: Hashable, Sendable {
    /// Cluster of each worker, numbered by first member.
    public let clusters: [Int]
    /// Mean silhouette, when the number of clusters was chosen from the data and is above one.
    public let silhouette: Double?
    public let clusterDivergences: [Double]
    public let globalDivergences: [Double]
    /// Add up to 1 within each cluster.
    public let clusterWeights: [Double]
    /// Add up to 1.
    public let globalWeights: [Double]

    public var clusterCount: Int { (clusters.max() ?? -1) + 1 }
    /// Rows of a cluster, rising.
    public func members(of cluster: Int) -> [Int] { clusters.indices.filter { clusters[$0] == cluster } }

    /// Clusters the signals by k-means, then weighs.
    public init(
        signals: Signals, samples: [Int], count: ClusterCount, alpha: Double, random: inout RandomStream
    ) throws {
        let found = try Clusters.find(signals, count, random: &random)
        try self.init(
            signals: signals, samples: samples, clusters: found.clusters, silhouette: found.silhouette, alpha: alpha)
    }

    /// Weighs workers in given clusters by samples and divergence, in the cluster and over all.
    public init(
        signals: Signals, samples: [Int], clusters: [Int], silhouette: Double? = nil, alpha: Double
    ) throws {
        guard samples.count == signals.count, clusters.count == signals.count, clusters.allSatisfy({ $0 >= 0 }) else {
            throw FederationError(
                action: "weigh", subject: "\(signals.count) workers",
                reason: "there are \(samples.count) sample counts and \(clusters.count) clusters; each worker needs one")
        }
        var divergences = [Double](repeating: 0, count: signals.count)
        var weights = divergences
        for cluster in Set(clusters).sorted() {
            let members = clusters.indices.filter { clusters[$0] == cluster }
            let found = Divergence.leaveOneOut(signals, members: members)
            let shares = try Weights.weights(samples: members.map { samples[$0] }, divergences: found, alpha: alpha)
            for (position, member) in members.enumerated() {
                (divergences[member], weights[member]) = (found[position], shares[position])
            }
        }
        self.clusters = clusters
        self.silhouette = silhouette
        self.clusterDivergences = divergences
        self.clusterWeights = weights
        self.globalDivergences = Divergence.leaveOneOut(signals, members: Array(clusters.indices))
        self.globalWeights = try Weights.weights(samples: samples, divergences: globalDivergences, alpha: alpha)
    }

    /// A single cluster weighed by samples only, as in the first rounds.
    public init(plain samples: [Int]) throws {
        let weights = try Weights.plain(samples: samples)
        self.clusters = samples.map { _ in 0 }
        self.silhouette = nil
        self.clusterDivergences = samples.map { _ in 0 }
        self.globalDivergences = clusterDivergences
        self.clusterWeights = weights
        self.globalWeights = weights
    }
}
