import OxbowKernels

/// Numbers that depend on a key alone, so that a failing case can be run again by its key.
struct Keyed {
    private var state: UInt64

    init(_ key: Int) { state = UInt64(truncatingIfNeeded: key) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    /// SplitMix64's next word.
    mutating func word() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func uniform() -> Double { Double(word() >> 11) * 0x1p-53 }

    mutating func int(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(word() % UInt64(range.count))
    }

    mutating func one<T>(of values: [T]) -> T { values[int(0...values.count - 1)] }

    /// Values in -1..<1, or around `mean`.
    mutating func tensor(_ shape: [Int], mean: Float = 0) -> Tensor {
        let tensor = Tensor(shape)
        for i in 0..<tensor.count { tensor.data[i] = mean + Float(2 * uniform() - 1) }
        return tensor
    }
}

/// ||a - b|| / ||b||
func relativeError(_ a: Tensor, _ b: Tensor) -> Double { KernelFixtures.relativeError(a.array, b.array) }

/// Whether two tensors agree in every bit.
func sameBits(_ a: Tensor, _ b: Tensor) -> Bool {
    a.array.map(\.bitPattern) == b.array.map(\.bitPattern)
}

/// Sum of products, in double.
func dot(_ a: Tensor, _ b: Tensor) -> Double {
    zip(a.buffer, b.buffer).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

/// Central difference of `f` along x[i].
func slope(_ x: Tensor, _ i: Int, _ step: Float = 1e-2, _ f: () -> Double) -> Double {
    let old = x.data[i]
    defer { x.data[i] = old }
    x.data[i] = old + step
    let above = f()
    let high = x.data[i]
    x.data[i] = old - step
    return (above - f()) / Double(high - x.data[i])
}
