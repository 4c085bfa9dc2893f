/// How a domain's images are dealt to its workers (algorithm.md, section 6).
public enum Partition: String, Codable, Hashable, Sendable, CaseIterable {
    case iid
    case nonIID = "non-iid"
    case highlyNonIID = "highly-non-iid"

    /// What a partition must know of a domain.
    public struct Source: Hashable, Sendable {
        public var name: String
        /// Labels of the training images.
        public var labels: [UInt8]
        public var classes: Int
        public var workers: Int

        public init(name: String, labels: [UInt8], classes: Int, workers: Int) {
            self.name = name
            self.labels = labels
            self.classes = classes
            self.workers = workers
        }

        public init(_ domain: Domain, workers: Int) {
            self.init(name: domain.name, labels: domain.train.labels, classes: domain.classes, workers: workers)
        }
    }

    /// One row of a rule: a value, and the relative share of workers it applies to.
    struct Rule<Value: Sendable>: Sendable {
        var value: Value
        var share: Int
    }

    /// How many labels workers lack. Shares are as published; those of non-iid add up to 99.
    var exclusions: [Rule<Int>] {
        switch self {
        case .iid: [Rule(value: 0, share: 1)]
        case .nonIID:
            [Rule(value: 0, share: 33), Rule(value: 2, share: 40), Rule(value: 3, share: 13), Rule(value: 4, share: 13)]
        case .highlyNonIID: [Rule(value: 2, share: 40), Rule(value: 3, share: 60)]
        }
    }

    /// The cap c of workers, in sixths.
    var capSixths: [Rule<Int>] {
        switch self {
        case .iid: [Rule(value: 6, share: 1)]
        case .nonIID: [Rule(value: 4, share: 30), Rule(value: 6, share: 70)]
        case .highlyNonIID: [Rule(value: 1, share: 20), Rule(value: 2, share: 30), Rule(value: 6, share: 50)]
        }
    }
}

/// Splits `count` in proportion to `shares` by largest remainder, exactly; of equal remainders the earlier wins.
func apportion(_ count: Int, _ shares: [Int]) -> [Int] {
    let total = shares.reduce(0, +)
    var parts = shares.map { count * $0 / total }
    let order = shares.indices.sorted { left, right in
        let (a, b) = (count * shares[left] % total, count * shares[right] % total)
        return a == b ? left < right : a > b
    }
    for index in order.prefix(count - parts.reduce(0, +)) { parts[index] += 1 }
    return parts
}
