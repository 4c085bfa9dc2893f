import OxbowRandom

extension Partition {
    /// For each source, for each of its workers, the indices of its training images, in the order they were dealt.
    ///
    /// A pure function of its arguments. Images are dealt like cards, so that shares differ by one at most; then labels
    /// are dropped and shares cut to their cap. Shares of rules are of all workers together. A worker always keeps at
    /// least one class; one left without any image is an error.
    public func shards(of sources: [Source], seed: UInt64) throws(DataError) -> [[[Int]]] {
        let workers = sources.reduce(0) { $0 + $1.workers }
        let largest = sources.map(\.labels.count).max() ?? 0
        let lacking = assign(exclusions, workers, seed, .exclusions)
        let sixths = assign(capSixths, workers, seed, .caps)
        var first = 0
        var result: [[[Int]]] = []
        for (number, source) in sources.enumerated() {
            let hands = Self.deal(source.labels.count, source.workers, seed, domain: number)
            var shards: [[Int]] = []
            for (position, hand) in hands.enumerated() {
                let worker = first + position
                let dropped = Self.labels(lacking[worker], of: source.classes, worker, seed)
                let kept = hand.filter { !dropped.contains(source.labels[$0]) }
                shards.append(Array(kept.prefix(sixths[worker] * largest / (6 * workers))))
            }
            try Self.check(shards, source)
            result.append(shards)
            first += source.workers
        }
        return result
    }

    /// Share `index` of `workers` equal ones of a single domain: for a worker that knows of no other.
    public static func share(_ index: Int, of workers: Int, source: Source, seed: UInt64) throws(DataError) -> [Int] {
        precondition(0 <= index && index < workers, "share \(index) is not one of \(workers)")
        let shares = deal(source.labels.count, workers, seed, domain: 0)
        try check(shares, source)
        return shares[index]
    }

    /// What a stream of the partition is for; part of the meaning of a seed.
    private enum Topic: UInt32 {
        case dealing = 0
        case exclusions = 1
        case caps = 2
        case labels = 3
    }

    private static func stream(_ seed: UInt64, _ topic: Topic, _ item: Int = 0) -> RandomStream {
        RandomStream(seed: seed, purpose: .partition, slot: UInt32(item), round: topic.rawValue)
    }

    private static func deal(_ count: Int, _ workers: Int, _ seed: UInt64, domain: Int) -> [[Int]] {
        var stream = stream(seed, .dealing, domain)
        var hands = [[Int]](repeating: [], count: workers)
        for (position, image) in stream.permutation(count).enumerated() where workers > 0 {
            hands[position % workers].append(image)
        }
        return hands
    }

    /// The rule's value for each worker: how many get which is exact, who gets it is drawn.
    private func assign(_ rules: [Rule<Int>], _ workers: Int, _ seed: UInt64, _ topic: Topic) -> [Int] {
        var stream = Self.stream(seed, topic)
        let counts = apportion(workers, rules.map(\.share))
        let values = zip(rules, counts).flatMap { rule, count in [Int](repeating: rule.value, count: count) }
        var result = [Int](repeating: 0, count: workers)
        for (value, worker) in zip(values, stream.permutation(workers)) { result[worker] = value }
        return result
    }

    /// The labels that a worker lacks.
    private static func labels(_ count: Int, of classes: Int, _ worker: Int, _ seed: UInt64) -> Set<UInt8> {
        var stream = stream(seed, .labels, worker)
        return Set(stream.permutation(classes).prefix(min(count, classes - 1)).map { UInt8($0) })
    }

    private static func check(_ shards: [[Int]], _ source: Source) throws(DataError) {
        guard let empty = shards.firstIndex(where: \.isEmpty) else { return }
        let reason = "of \(source.labels.count) images none is left for worker \(empty + 1) of \(source.workers)"
        throw DataError(.tooFewImages, "partition", source.name, reason, "Use fewer workers, more images or a milder partition.")
    }
}
