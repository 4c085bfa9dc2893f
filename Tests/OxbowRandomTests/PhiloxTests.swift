import OxbowRandom
import Testing

@Suite struct PhiloxTests {
    @Test func knownAnswers() {
        let zero = Philox.words(at: Philox.Counter(repeating: 0), key: Philox.Key(repeating: 0))
        #expect(zero == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
        let ones = Philox.words(at: Philox.Counter(repeating: .max), key: Philox.Key(repeating: .max))
        #expect(ones == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
    }

    /// The third vector of the authors' kat_vectors: digits of pi.
    @Test func digitsOfPi() {
        let words = Philox.words(
            at: SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), key: SIMD2(0xA409_3822, 0x299F_31D0))
        #expect(words == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
    }
}
