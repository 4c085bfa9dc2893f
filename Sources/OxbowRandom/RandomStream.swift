/// A stream of random numbers that is a pure function of its key: seed, purpose, slot, round and step.
///
/// The fourth word of Philox's counter is the position in the stream, so streams never overlap.
public struct RandomStream: RandomNumberGenerator, Sendable {
    let key: Philox.Key
    var counter: Philox.Counter
    var words = SIMD4<UInt32>()
    /// How many of `words` have been given out.
    var used = 4
    /// Box and Muller make two numbers at a time; the second waits here.
    var spareNormal: Double?

    public init(seed: UInt64, purpose: Purpose, slot: UInt32 = 0, round: UInt32 = 0, step: UInt32 = 0) {
        self.key = Self.key(seed: seed, purpose: purpose)
        self.counter = Philox.Counter(slot, round, step, 0)
    }

    /// A stream for something that has a name instead of a round and a step, such as a tensor.
    public init(seed: UInt64, purpose: Purpose, slot: UInt32 = 0, name: String) {
        let hash = Self.hash(name)
        self.init(
            seed: seed, purpose: purpose, slot: slot, round: UInt32(truncatingIfNeeded: hash),
            step: UInt32(truncatingIfNeeded: hash >> 32))
    }

    /// 32 random bits.
    public mutating func nextWord() -> UInt32 {
        if used == 4 {
            words = Philox.words(at: counter, key: key)
            counter.w &+= 1
            used = 0
        }
        defer { used += 1 }
        return words[used]
    }

    /// 64 random bits.
    public mutating func next() -> UInt64 {
        let low = nextWord()
        return UInt64(nextWord()) << 32 | UInt64(low)
    }

    /// The seed is Philox's key once to mix in the purpose, so that neighbouring seeds and purposes share nothing.
    static func key(seed: UInt64, purpose: Purpose) -> Philox.Key {
        let seedKey = Philox.Key(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        let mixed = Philox.words(at: Philox.Counter(purpose.rawValue, 0, 0, 0), key: seedKey)
        return Philox.Key(mixed.x, mixed.y)
    }

    /// FNV-1a, 64 bits: the standard library's hashes differ from process to process.
    static func hash(_ name: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return hash
    }
}
