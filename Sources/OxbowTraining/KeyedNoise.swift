import OxbowKernels
import OxbowRandom

/// Standard normal z, a function of seed, slot, round and step.
struct KeyedNoise: NoiseSource {
    let seed: UInt64
    let slot: UInt32

    func noise(round: Int, step: Int, into noise: Tensor) {
        var random = RandomStream(
            seed: seed, purpose: .noise, slot: slot, round: UInt32(truncatingIfNeeded: round),
            step: UInt32(truncatingIfNeeded: step))
        for index in 0..<noise.count { noise.data[index] = random.normal() }
    }
}
