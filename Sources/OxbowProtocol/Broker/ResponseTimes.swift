import OxbowModel

/// How long members take to answer, and what that says of deadlines (docs/fleet.md, Stragglers).
struct ResponseTimes: Sendable {
    /// A kind of answer: those of one tier in one exchange are alike.
    struct Kind: Hashable, Comparable, Sendable {
        var tier: String
        var exchange: Exchange

        static func < (a: Kind, b: Kind) -> Bool { (a.tier, a.exchange) < (b.tier, b.exchange) }
    }

    /// When each member could begin with what it does now.
    private var began: [MemberID: Duration] = [:]
    /// The last times of each kind, in the order in which they came.
    private var recent: [Kind: [Duration]] = [:]
    /// The times of this round, by member.
    private var round: [MemberID: [Exchange: [Duration]]] = [:]

    /// So many times of a kind are remembered, and so many must be known before they say anything.
    private static let memory = 64
    private static let fewest = 8

    mutating func begin(_ member: MemberID, at now: Duration) { began[member] = now }

    /// What an answer of the core began counts from there, not from the order that follows it.
    mutating func beginIfIdle(_ member: MemberID, at now: Duration) {
        if began[member] == nil { began[member] = now }
    }

    /// Forgets what members were at: their work is void.
    mutating func interrupt() { began.removeAll() }

    /// - Parameter tier: nil: nothing is to be learnt of it, as of a core, for which there is no deadline.
    /// - Returns: the time it took; nil if it is not known when the member could begin.
    mutating func answered(_ member: MemberID, tier: String?, _ exchange: Exchange, at now: Duration) -> Duration? {
        guard let start = began.removeValue(forKey: member) else { return nil }
        let time = now - start
        round[member, default: [:]][exchange, default: []].append(time)
        guard let tier else { return time }
        let kind = Kind(tier: tier, exchange: exchange)
        recent[kind] = (recent[kind, default: []] + [time]).suffix(Self.memory)
        return time
    }

    /// Whether a member that is awaited in this exchange takes longer than its tier's times say it should.
    func isLate(_ member: MemberID, tier: String, _ exchange: Exchange, patience: Double, at now: Duration) -> Bool {
        guard let start = began[member], let deadline = deadline(Kind(tier: tier, exchange: exchange), patience) else {
            return false
        }
        return now - start > deadline
    }

    func deadline(_ kind: Kind, _ patience: Double) -> Duration? {
        guard let (median, spread) = spread(kind) else { return nil }
        return (median * 4 + spread * 8 + .milliseconds(500)) * patience
    }

    /// Median, and median absolute deviation, of the last times; nil while too few are known.
    private func spread(_ kind: Kind) -> (median: Duration, spread: Duration)? {
        guard let times = recent[kind], times.count >= Self.fewest else { return nil }
        let median = Self.median(times)
        return (median, Self.median(times.map { $0 < median ? median - $0 : $0 - median }))
    }

    /// All that are known, by tier and exchange.
    func deadlines(patience: Double) -> [TierDeadline] {
        recent.keys.sorted().compactMap { kind in
            guard let (median, spread) = spread(kind), let deadline = deadline(kind, patience) else { return nil }
            return TierDeadline(
                tier: kind.tier, exchange: kind.exchange.rawValue, medianSeconds: median.inSeconds,
                spreadSeconds: spread.inSeconds, deadlineSeconds: deadline.inSeconds)
        }
    }

    /// Medians of the round that ends; the next one begins.
    mutating func takeRound() -> [ExchangeTimes] {
        defer { round.removeAll() }
        return round.sorted { $0.key < $1.key }.flatMap { member, exchanges in
            exchanges.sorted { $0.key < $1.key }.map { exchange, times in
                ExchangeTimes(
                    member: member, exchange: exchange.rawValue, count: UInt32(times.count),
                    medianSeconds: Self.median(times).inSeconds)
            }
        }
    }

    static func median(_ times: [Duration]) -> Duration { times.sorted()[times.count / 2] }
}

extension Duration {
    public var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
