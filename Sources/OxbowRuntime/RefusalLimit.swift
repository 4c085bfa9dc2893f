/// How many refusals are told: some in each second, then only their number.
struct RefusalLimit: Sendable {
    private static let perSecond = 32
    private var second: Int64 = -1
    private var told = 0
    private var untold = 0
    /// All, told or not.
    private(set) var count: UInt64 = 0

    /// Whether the refusal at this time is to be told by itself; `now` never goes back.
    mutating func tells(at now: Duration) -> Bool {
        count += 1
        if now.components.seconds != second { (second, told) = (now.components.seconds, 0) }
        guard told < Self.perSecond else {
            untold += 1
            return false
        }
        told += 1
        return true
    }

    /// How many were not told since this was asked last; nil if all were.
    mutating func takeUntold() -> Int? {
        defer { untold = 0 }
        return untold > 0 ? untold : nil
    }
}
