import OxbowProtocol

/// How many refusals are told: some of each code in each second, so that a flood hides no other, then only their number.
struct RefusalLimit: Sendable {
    private static let perSecond = 8
    private var second: Int64 = -1
    private var told: [ErrorCode: Int] = [:]
    private var untold = 0

    /// Whether the refusal at this time is to be told by itself; `now` never goes back.
    mutating func tells(_ code: ErrorCode, at now: Duration) -> Bool {
        if now.components.seconds != second { (second, told) = (now.components.seconds, [:]) }
        guard told[code, default: 0] < Self.perSecond else {
            untold += 1
            return false
        }
        told[code, default: 0] += 1
        return true
    }

    /// How many were not told since this was asked last; nil if all were.
    mutating func takeUntold() -> Int? {
        defer { untold = 0 }
        return untold > 0 ? untold : nil
    }
}
