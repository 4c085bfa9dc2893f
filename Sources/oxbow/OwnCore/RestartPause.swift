/// How long to wait before a process is started anew: longer each time, until one has lived for a while.
struct RestartPause {
    private var next = Self.shortest

    static let shortest = 1.0
    static let longest = 60.0

    /// - Parameter lived: seconds that the process was there.
    mutating func seconds(afterLife lived: Double) -> Double {
        if lived >= Self.longest { next = Self.shortest }
        defer { next = min(2 * next, Self.longest) }
        return next
    }
}
