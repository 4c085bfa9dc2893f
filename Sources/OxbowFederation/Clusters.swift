import OxbowKernels
import OxbowRandom

/// How many clusters there are.
public enum ClusterCount: Hashable, Sendable {
    case told(Int)
    /// The number up to `most` with the best mean silhouette; one if none reaches `silhouette`.
    ///
    /// 0.25 is the border below which there is no substantial structure (Kaufman and Rousseeuw, Finding Groups in
    /// Data, 1990).
    case chosen(most: Int = 10, silhouette: Double = 0.25)
}

/// k-means over signals; clusters are numbered by their first worker.
public enum Clusters {
    /// Starts from fresh centres, of which the best counts.
    static let restarts = 10

    /// Cluster of each row; throws `FederationError` unless 1 <= `count` <= rows.
    public static func find(_ signals: Signals, count: Int, random: inout RandomStream) throws -> [Int] {
        guard (1...signals.count).contains(count) else {
            throw FederationError(
                action: "cluster", subject: "\(signals.count) workers",
                reason: "\(count) clusters were asked for; choose 1 to \(signals.count)")
        }
        let found = KMeans.cluster(signals.rows, k: count, restarts: restarts) { random.uniformDouble() }
        return renumbered(found.assignments)
    }

    /// Cluster of each row, and the mean silhouette when the count was chosen among several.
    public static func find(
        _ signals: Signals, _ count: ClusterCount, random: inout RandomStream
    ) throws -> (clusters: [Int], silhouette: Double?) {
        switch count {
        case .told(let told): return (try find(signals, count: told, random: &random), nil)
        case .chosen(let most, let least): return try choose(signals, most: most, least: least, random: &random)
        }
    }

    private static func choose(
        _ signals: Signals, most: Int, least: Double, random: inout RandomStream
    ) throws -> (clusters: [Int], silhouette: Double?) {
        var best: (clusters: [Int], silhouette: Double?) = ([Int](repeating: 0, count: signals.count), nil)
        guard signals.count > 2, most > 1 else { return best }
        let distances = Silhouette.distances(signals)
        for count in 2...min(most, signals.count - 1) {
            let candidate = try find(signals, count: count, random: &random)
            let silhouette = Silhouette.mean(distances, candidate)
            if silhouette >= least, silhouette > best.silhouette ?? -1 { best = (candidate, silhouette) }
        }
        return best
    }

    /// The same clusters, numbered in the order of their first rows.
    static func renumbered(_ clusters: [Int]) -> [Int] {
        var numbers: [Int: Int] = [:]
        return clusters.map { cluster in
            let number = numbers[cluster, default: numbers.count]
            numbers[cluster] = number
            return number
        }
    }
}
