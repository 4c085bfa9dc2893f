extension RandomStream {
    /// A number in [0, 1): a multiple of 2^-24.
    public mutating func uniform() -> Float {
        Float(nextWord() >> 8) * 0x1p-24
    }

    /// A number in [0, 1): a multiple of 2^-53.
    public mutating func uniformDouble() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A number in [-bound, bound).
    public mutating func symmetric(_ bound: Float) -> Float {
        (2 * uniform() - 1) * bound
    }

    /// A number of the standard normal distribution (Box and Muller).
    public mutating func normal() -> Float {
        Float(normalDouble())
    }

    /// A number of the standard normal distribution, as a double.
    public mutating func normalDouble() -> Double {
        if let spare = spareNormal {
            spareNormal = nil
            return spare
        }
        // Half a unit up: the logarithm of zero is never asked for.
        let radius = (-2 * naturalLogarithm((Double(nextWord()) + 0.5) * 0x1p-32)).squareRoot()
        let (cosine, sine) = cosineAndSine(turns: Double(nextWord()) * 0x1p-32)
        spareNormal = radius * sine
        return radius * cosine
    }

    /// A whole number in 0 ..< bound, every one equally likely; `bound` is at least 1.
    public mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "no whole number lies below \(bound)")
        let bound = UInt64(bound)
        // The lowest 2^64 mod bound values would make small results likelier; they are drawn again.
        let biased = (0 &- bound) % bound
        while true {
            let product = next().multipliedFullWidth(by: bound)
            if product.low >= biased { return Int(product.high) }
        }
    }

    /// The numbers 0 ..< count in random order (Fisher and Yates).
    public mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, below(last + 1))
        }
        return order
    }
}
