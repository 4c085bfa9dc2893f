/// The counter-based generator Philox4x32-10: four words of output for a counter and a key, with no state.
///
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
public enum Philox {
    public typealias Counter = SIMD4<UInt32>
    public typealias Key = SIMD2<UInt32>

    static let rounds = 10
    static let multipliers: (UInt32, UInt32) = (0xD251_1F53, 0xCD9E_8D57)
    /// Weyl increments of the key: the golden ratio and the square root of three less one.
    static let increments = Key(0x9E37_79B9, 0xBB67_AE85)

    /// The four words at `counter` under `key`.
    public static func words(at counter: Counter, key: Key) -> SIMD4<UInt32> {
        var words = counter
        var key = key
        for round in 0..<rounds {
            if round > 0 { key &+= increments }
            let first = words.x.multipliedFullWidth(by: multipliers.0)
            let second = words.z.multipliedFullWidth(by: multipliers.1)
            words = Counter(
                second.high ^ words.y ^ key.x, second.low,
                first.high ^ words.w ^ key.y, first.low)
        }
        return words
    }
}
