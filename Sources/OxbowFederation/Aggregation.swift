/// Weighted means of tensors over workers, in double. A worker counts with its own copy, else with the core's.
///
/// Tensors go by name; every one is averaged, running values and embeddings included (algorithm.md section 4).
public struct Aggregation: Sendable {
    public typealias Tensors = [String: [Float]]

    /// One dictionary a worker, by rising slot: what it holds.
    let own: [Tensors]
    let core: Tensors

    public init(own: [Tensors], core: Tensors) {
        self.own = own
        self.core = core
    }

    /// All tensors of the members of one cluster, with the weights within it.
    ///
    /// Of this, G's tensors are the cluster's generator.
    public func mean(of cluster: Int, _ grouping: Grouping) throws -> Tensors {
        let members = grouping.members(of: cluster)
        return try mean(of: members, weights: members.map { grouping.clusterWeights[$0] })
    }

    /// All tensors over all workers, with the global weights.
    public func globalMean(_ grouping: Grouping) throws -> Tensors {
        try mean(of: Array(own.indices), weights: grouping.globalWeights)
    }

    /// All tensors over some workers (rows of `own`); throws `FederationError` if weights do not add up
    /// to 1, if copies differ in length or if a mean is not finite.
    public func mean(of members: [Int], weights: [Double]) throws -> Tensors {
        let sum = weights.reduce(0, +)
        guard members.count == weights.count, members.allSatisfy(own.indices.contains), weights.allSatisfy({ $0 >= 0 }),
            abs(sum - 1) < 1e-9
        else {
            throw FederationError(
                action: "average", subject: "\(members.count) workers", reason: "their weights add up to \(sum), not 1")
        }
        var result: Tensors = [:]
        for name in Set(own.lazy.flatMap(\.keys)).union(core.keys) {
            result[name] = try mean(of: name, members, weights)
        }
        return result
    }

    private func mean(of name: String, _ members: [Int], _ weights: [Double]) throws -> [Float] {
        var sum: [Double]?
        // All who share the core's copy count as one addend.
        var shared = 0.0
        for (member, weight) in zip(members, weights) {
            if let copy = own[member][name] {
                try Self.add(copy, weight, to: &sum, name)
            } else {
                shared += weight
            }
        }
        if shared > 0 {
            guard let copy = core[name] else {
                throw FederationError(
                    action: "average", subject: name, reason: "neither the core nor each of the workers holds it")
            }
            try Self.add(copy, shared, to: &sum, name)
        }
        let mean = (sum ?? []).map { Float($0) }
        guard mean.allSatisfy(\.isFinite) else {
            throw FederationError(
                action: "average", subject: name,
                reason: "a copy holds a number that is not finite; one worker diverged and would spoil all the others")
        }
        return mean
    }

    /// The first addend starts the sum, so that one copy of weight 1 is its own mean: bit for bit, -0 included.
    private static func add(_ values: [Float], _ weight: Double, to sum: inout [Double]?, _ name: String) throws {
        guard var total = sum else {
            sum = values.map { weight * Double($0) }
            return
        }
        sum = nil
        guard total.count == values.count else {
            throw FederationError(
                action: "average", subject: name, reason: "copies of \(total.count) and of \(values.count) numbers differ")
        }
        total.withUnsafeMutableBufferPointer { total in
            values.withUnsafeBufferPointer { values in
                for index in values.indices { total[index] += weight * Double(values[index]) }
            }
        }
        sum = total
    }
}
