import OxbowRandom

/// The part of a domain's images that is kept for testing when its folder has no test pair.
enum HeldOut {
    /// Fixed, and of its own: whatever the seed of a run, a cached classifier has never seen a test image.
    static let seed: UInt64 = 0x0B0E_7E57

    /// Indices to train on and to test on, each rising: a tenth of each class, one at least of a class of two or more.
    static func split(_ labels: [UInt8]) -> (train: [Int], test: [Int]) {
        var members = [[Int]](repeating: [], count: 256)
        for (index, label) in labels.enumerated() { members[Int(label)].append(index) }
        var kept = [Bool](repeating: false, count: labels.count)
        for (label, indices) in members.enumerated() where indices.count > 1 {
            var stream = RandomStream(seed: seed, purpose: .heldOut, slot: UInt32(label))
            let order = stream.permutation(indices.count)
            for position in order.prefix(max(1, indices.count / 10)) { kept[indices[position]] = true }
        }
        return (labels.indices.filter { !kept[$0] }, labels.indices.filter { kept[$0] })
    }
}
