/// Where a member's time goes between two commits of a generator half.
struct Stopwatch {
    private let clock = ContinuousClock()
    private var compute = Duration.zero
    private var codec = Duration.zero
    private var wait = Duration.zero
    private var idleSince: ContinuousClock.Instant?

    /// A task begins: the time since the last one ended was waiting.
    mutating func begin() {
        if let idleSince { wait += clock.now - idleSince }
        idleSince = nil
    }

    mutating func end() { idleSince = clock.now }

    mutating func computing<Result>(_ work: () throws -> Result) rethrows -> Result {
        let start = clock.now
        defer { compute += clock.now - start }
        return try work()
    }

    mutating func coding<Result>(_ work: () throws -> Result) rethrows -> Result {
        let start = clock.now
        defer { codec += clock.now - start }
        return try work()
    }

    /// Seconds since the last call.
    mutating func take() -> (compute: Double, codec: Double, wait: Double) {
        defer { (compute, codec, wait) = (.zero, .zero, .zero) }
        return (seconds(compute), seconds(codec), seconds(wait))
    }

    private func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
}
