import OxbowProtocol

/// How members' answers divide in each round: what a first reading finds for a second one.
struct RoundShares {
    /// By how many barriers were committed before.
    private var byRound: [[MemberID: AnswerShares]] = []

    init(_ reader: TraceReader) {
        var walk: ExchangeWalk?
        var clock = RoundClock()
        for entry in reader {
            if walk == nil { walk = ExchangeWalk(from: entry.record.time_ns) }
            for event in walk?.take(entry.record) ?? [] {
                clock.take(event)
                guard case .barrier = event else { continue }
                byRound.append(clock.shares)
                _ = clock.take(isCommitted: true)
            }
        }
        byRound.append(clock.shares)
    }

    func shares(_ member: MemberID, after barriers: Int) -> AnswerShares {
        byRound.indices.contains(barriers) ? byRound[barriers][member] ?? .unknown : .unknown
    }
}
