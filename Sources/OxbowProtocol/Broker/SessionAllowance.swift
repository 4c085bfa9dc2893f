/// How often something may happen that costs: so many times at once, and so many a second in the long run.
///
/// A pure value: `now` is time since any fixed origin and never goes back.
struct SessionAllowance: Hashable, Sendable {
    let atOnce: Int
    let perSecond: Double
    private var left: Double
    private var since: Duration?

    init(atOnce: Int, perSecond: Double) {
        (self.atOnce, self.perSecond) = (atOnce, perSecond)
        left = Double(atOnce)
    }

    /// Whether it may happen now; if so, it counts.
    mutating func take(at now: Duration) -> Bool {
        left = min(Double(atOnce), left + (since.map { (now - $0).inSeconds } ?? 0) * perSecond)
        since = now
        guard left >= 1 else { return false }
        left -= 1
        return true
    }
}
