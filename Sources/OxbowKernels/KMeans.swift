/// k-means in double, seeded by k-means++; the same random numbers give the same bits.
public enum KMeans {
    public struct Clustering: Hashable, Sendable {
        /// The cluster of each point, 0..<k.
        public var assignments: [Int]
        public var centres: [[Double]]
        /// Sum of squared distances to the centres.
        public var inertia: Double
    }

    /// The best of `restarts` runs (the first of equals); ties between centres go to the lower index.
    ///
    /// - Parameters:
    ///   - points: equally long, not empty, at least `k`.
    ///   - uniform: the next random number in 0..<1; k are taken a restart.
    public static func cluster(
        _ points: [[Double]], k: Int, restarts: Int = 10, iterations: Int = 300, uniform: () -> Double
    ) -> Clustering {
        precondition(k >= 1 && points.count >= k && restarts >= 1, "\(k) clusters of \(points.count) points")
        precondition(points.allSatisfy { $0.count == points[0].count }, "points of unequal length")
        var best: Clustering?
        for _ in 0..<restarts {
            let found = refine(points, seeds(points, k, uniform), iterations)
            if best == nil || found.inertia < best!.inertia { best = found }
        }
        return best!
    }

    /// Squared distance.
    static func distance(_ a: [Double], _ b: [Double]) -> Double {
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                var sum = 0.0
                for i in 0..<a.count {
                    let difference = a[i] - b[i]
                    sum += difference * difference
                }
                return sum
            }
        }
    }

    /// k-means++: each next centre is drawn in proportion to the squared distance from the nearest so far.
    private static func seeds(_ points: [[Double]], _ k: Int, _ uniform: () -> Double) -> [[Double]] {
        var centres = [points[min(Int(uniform() * Double(points.count)), points.count - 1)]]
        var nearest = points.map { distance($0, centres[0]) }
        while centres.count < k {
            let chosen = drawn(nearest, uniform())
            centres.append(points[chosen])
            for (i, point) in points.enumerated() { nearest[i] = min(nearest[i], distance(point, points[chosen])) }
        }
        return centres
    }

    /// The index where the running sum of weights passes `u` of their total; the first where all weights are zero.
    private static func drawn(_ weights: [Double], _ u: Double) -> Int {
        let threshold = u * weights.reduce(0, +)
        var sum = 0.0
        var last = 0
        for (i, weight) in weights.enumerated() where weight > 0 {
            sum += weight
            last = i
            if sum > threshold { return i }
        }
        return last
    }

    private static func nearest(_ point: [Double], _ centres: [[Double]]) -> (index: Int, distance: Double) {
        var best = (index: 0, distance: distance(point, centres[0]))
        for i in 1..<max(centres.count, 1) {
            let here = distance(point, centres[i])
            if here < best.distance { best = (i, here) }
        }
        return best
    }

    /// Lloyd's iterations until no assignment changes.
    private static func refine(_ points: [[Double]], _ seeds: [[Double]], _ iterations: Int) -> Clustering {
        var centres = seeds
        var assignments: [Int] = []
        for _ in 0..<max(iterations, 1) {
            var found = points.map { nearest($0, centres) }
            fillEmpty(&found, centres.count)
            let next = found.map(\.index)
            centres = means(points, next, centres)
            if next == assignments { break }
            assignments = next
        }
        let inertia = zip(points, assignments).reduce(0.0) { $0 + distance($1.0, centres[$1.1]) }
        return Clustering(assignments: assignments, centres: centres, inertia: inertia)
    }

    /// A cluster that lost all its points takes the one that lies farthest from its own centre, of a cluster that can
    /// spare one.
    private static func fillEmpty(_ found: inout [(index: Int, distance: Double)], _ k: Int) {
        var sizes = [Int](repeating: 0, count: k)
        for point in found { sizes[point.index] += 1 }
        for empty in 0..<k where sizes[empty] == 0 {
            var farthest: Int?
            for i in found.indices where sizes[found[i].index] > 1 {
                if farthest == nil || found[i].distance > found[farthest!].distance { farthest = i }
            }
            guard let farthest else { return }
            sizes[found[farthest].index] -= 1
            sizes[empty] = 1
            found[farthest] = (empty, 0)
        }
    }

    private static func means(_ points: [[Double]], _ assignments: [Int], _ old: [[Double]]) -> [[Double]] {
        var sums = old.map { [Double](repeating: 0, count: $0.count) }
        var sizes = [Int](repeating: 0, count: old.count)
        for (point, cluster) in zip(points, assignments) {
            sizes[cluster] += 1
            for i in point.indices { sums[cluster][i] += point[i] }
        }
        for cluster in old.indices where sizes[cluster] > 0 {
            for i in sums[cluster].indices { sums[cluster][i] /= Double(sizes[cluster]) }
        }
        return sums.indices.map { sizes[$0] > 0 ? sums[$0] : old[$0] }
    }
}
