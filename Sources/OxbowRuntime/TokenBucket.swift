/// Tells when bytes have passed a link of a given rate, each after all that came before it.
///
/// A pure value: `now` is time since any fixed origin and never goes back.
public struct TokenBucket: Hashable, Sendable {
    public let bytesPerSecond: Double
    /// Bytes that pass at once after a long enough pause.
    public let burst: Double
    /// When all bytes so far have passed if none passed at once.
    private var horizon: Duration?

    public init(bytesPerSecond: Double, burst: Double = 0) {
        precondition(bytesPerSecond > 0 && burst >= 0, "a link of \(bytesPerSecond) bytes a second, burst \(burst)")
        self.bytesPerSecond = bytesPerSecond
        self.burst = burst
    }

    /// Takes bytes in, behind all earlier ones.
    ///
    /// - Returns: when the last of them has passed; not before `now`.
    public mutating func take(_ bytes: Int, at now: Duration) -> Duration {
        let earliest = now - .capped(seconds: burst / bytesPerSecond)
        let end = max(horizon ?? earliest, earliest) + .capped(seconds: Double(bytes) / bytesPerSecond)
        horizon = end
        return max(now, end)
    }
}

extension Duration {
    /// A number of seconds, thirty years at most: a device's numbers are its user's, and may be absurd.
    static func capped(seconds: Double) -> Duration { .seconds(min(seconds, 1e9)) }
}
