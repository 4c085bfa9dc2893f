/// How much closer rows are to their own cluster than to the next one (Rousseeuw, 1987): 1 well, 0 not at all.
enum Silhouette {
    /// Distances between all rows.
    static func distances(_ signals: Signals) -> [[Double]] {
        let rows = signals.rows
        var table = rows.map { _ in [Double](repeating: 0, count: rows.count) }
        for left in rows.indices {
            for right in left + 1..<rows.count {
                let distance = Signals.squaredDistance(rows[left], rows[right]).squareRoot()
                (table[left][right], table[right][left]) = (distance, distance)
            }
        }
        return table
    }

    /// Mean over the rows; a cluster of one counts 0.
    static func mean(_ distances: [[Double]], _ clusters: [Int]) -> Double {
        let count = (clusters.max() ?? 0) + 1
        guard count > 1 else { return 0 }
        var sizes = [Int](repeating: 0, count: count)
        for cluster in clusters { sizes[cluster] += 1 }
        let total = clusters.indices.reduce(0.0) { total, row in
            total + silhouette(of: row, distances, clusters, sizes)
        }
        return total / Double(clusters.count)
    }

    private static func silhouette(of row: Int, _ distances: [[Double]], _ clusters: [Int], _ sizes: [Int]) -> Double {
        let own = clusters[row]
        guard sizes[own] > 1 else { return 0 }
        var sums = [Double](repeating: 0, count: sizes.count)
        for other in clusters.indices { sums[clusters[other]] += distances[row][other] }
        let inside = sums[own] / Double(sizes[own] - 1)
        let outside = sizes.indices.filter { $0 != own && sizes[$0] > 0 }.map { sums[$0] / Double(sizes[$0]) }.min() ?? 0
        let larger = max(inside, outside)
        return larger > 0 ? (outside - inside) / larger : 0
    }
}
