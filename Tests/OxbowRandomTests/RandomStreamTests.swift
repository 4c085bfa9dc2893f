import Foundation
import OxbowRandom
import Testing

@Suite struct RandomStreamTests {
    func words(_ stream: RandomStream, _ count: Int = 16) -> [UInt32] {
        var stream = stream
        return (0..<count).map { _ in stream.nextWord() }
    }

    @Test func aStreamIsAFunctionOfItsKey() {
        let stream = RandomStream(seed: 3, purpose: .noise, slot: 1, round: 2, step: 3)
        #expect(words(stream) == words(RandomStream(seed: 3, purpose: .noise, slot: 1, round: 2, step: 3)))
        let others = [
            RandomStream(seed: 4, purpose: .noise, slot: 1, round: 2, step: 3),
            RandomStream(seed: 3 + 1 << 32, purpose: .noise, slot: 1, round: 2, step: 3),
            RandomStream(seed: 3, purpose: .batches, slot: 1, round: 2, step: 3),
            RandomStream(seed: 3, purpose: .noise, slot: 2, round: 2, step: 3),
            RandomStream(seed: 3, purpose: .noise, slot: 1, round: 3, step: 3),
            RandomStream(seed: 3, purpose: .noise, slot: 1, round: 2, step: 4),
        ]
        for other in others { #expect(Set(words(other)).isDisjoint(with: words(stream))) }
    }

    @Test func streamsHaveNames() {
        #expect(
            words(RandomStream(seed: 1, purpose: .initialState, name: "g.0"))
                != words(RandomStream(seed: 1, purpose: .initialState, name: "g.1")))
    }

    /// The first numbers of a seed are part of what a seed means.
    @Test func aSeedKeepsItsMeaning() {
        let key = Philox.words(at: SIMD4(2, 0, 0, 0), key: SIMD2(42, 0))
        let first = Philox.words(at: SIMD4(5, 6, 7, 0), key: SIMD2(key.x, key.y))
        let second = Philox.words(at: SIMD4(5, 6, 7, 1), key: SIMD2(key.x, key.y))
        let expected = [first.x, first.y, first.z, first.w, second.x, second.y, second.z, second.w]
        #expect(words(RandomStream(seed: 42, purpose: .noise, slot: 5, round: 6, step: 7), 8) == expected)
    }

    @Test func uniformNumbersFillTheUnitInterval() {
        var stream = RandomStream(seed: 1, purpose: .noise)
        let numbers = (0..<100_000).map { _ in Double(stream.uniform()) }
        #expect(numbers.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(abs(numbers.reduce(0, +) / 100_000 - 0.5) < 0.005)
        let doubles = (0..<100_000).map { _ in stream.uniformDouble() }
        #expect(doubles.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(abs(doubles.reduce(0, +) / 100_000 - 0.5) < 0.005)
    }

    @Test func normalNumbersHaveTheMomentsOfTheirDistribution() {
        var stream = RandomStream(seed: 2, purpose: .noise)
        let numbers = (0..<200_000).map { _ in stream.normalDouble() }
        func moment(_ power: Double) -> Double { numbers.reduce(0) { $0 + pow($1, power) } / 200_000 }
        #expect(abs(moment(1)) < 0.01)
        #expect(abs(moment(2) - 1) < 0.02)
        #expect(abs(moment(3)) < 0.05)
        #expect(abs(moment(4) - 3) < 0.1)
    }

    /// The pair of Box and Muller by the C library.
    @Test func normalNumbersAreExact() {
        let key = RandomStream(seed: 9, purpose: .noise)
        var normal = key
        var plain = key
        for _ in 0..<10_000 {
            let radius = (-2 * log((Double(plain.nextWord()) + 0.5) * 0x1p-32)).squareRoot()
            let angle = 2 * Double.pi * Double(plain.nextWord()) * 0x1p-32
            #expect(abs(normal.normalDouble() - radius * cos(angle)) < 1e-14)
            #expect(abs(normal.normalDouble() - radius * sin(angle)) < 1e-14)
        }
    }

    @Test func wholeNumbersAreEquallyLikely() {
        var stream = RandomStream(seed: 3, purpose: .batches)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[stream.below(7)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
        #expect(stream.below(1) == 0)
        #expect((0..<100).allSatisfy { _ in stream.below(Int.max) >= 0 })
    }

    @Test func permutationsHoldEveryNumberOnce() {
        var stream = RandomStream(seed: 4, purpose: .batches)
        let permutation = stream.permutation(1000)
        #expect(permutation.sorted() == Array(0..<1000))
        #expect(permutation != Array(0..<1000))
        #expect(stream.permutation(0).isEmpty && stream.permutation(1) == [0])
        var firsts = [Int](repeating: 0, count: 5)
        for _ in 0..<10_000 { firsts[stream.permutation(5)[0]] += 1 }
        #expect(firsts.allSatisfy { abs($0 - 2000) < 200 })
    }
}
