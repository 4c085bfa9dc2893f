/// Numbers without order, as fast as they are needed: what is measured does not care which.
struct BenchNoise {
    private var state: UInt32

    init(seed: UInt32) { state = seed }

    mutating func next() -> UInt32 {
        state = state &* 1_664_525 &+ 1_013_904_223
        return state
    }
}
