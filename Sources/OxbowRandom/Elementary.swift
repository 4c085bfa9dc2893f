// The two functions Box and Muller need. The C library's differ from version to version in the last bit; these use
// only the four operations, which IEEE 754 fixes, so a seed means the same numbers everywhere.

/// ln(x) for a normal positive x; error below 2 units in the last place.
package func naturalLogarithm(_ x: Double) -> Double {
    var exponent = Double(x.exponent)
    var significand = x.significand
    if significand > 1.414_213_562_373_095_1 {
        significand /= 2
        exponent += 1
    }
    // ln(m) = 2 artanh(s), s = (m - 1) / (m + 1), |s| < 0.172: eleven odd terms reach 1e-18.
    let s = (significand - 1) / (significand + 1)
    let square = s * s
    var series = 0.0
    for power in stride(from: 21, through: 1, by: -2) {
        series = series * square + 1 / Double(power)
    }
    return exponent * 0.693_147_180_559_945_3 + 2 * s * series
}

/// cos and sin of 2 pi `turns`, 0 <= turns < 1; error below 1e-15.
func cosineAndSine(turns: Double) -> (cosine: Double, sine: Double) {
    // Within an eighth of a turn of the nearest quarter both Taylor series are short.
    let quarter = (turns * 4).rounded(.toNearestOrAwayFromZero)
    let angle = (turns - quarter / 4) * 6.283_185_307_179_586
    let square = angle * angle
    var cosine = 0.0
    var sine = 0.0
    for power in stride(from: 18, through: 2, by: -2) {
        cosine = (1 + cosine) * -square / Double(power * (power - 1))
        sine = (1 + sine) * -square / Double(power * (power + 1))
    }
    cosine += 1
    sine = angle * (1 + sine)
    switch Int(quarter) % 4 {
    case 0: return (cosine, sine)
    case 1: return (-sine, cosine)
    case 2: return (-cosine, -sine)
    default: return (sine, -cosine)
    }
}
