import Foundation

extension Double {
    /// Whether it can be placed on an axis: a number, and not so large that a range around it is none.
    var isDrawable: Bool { isFinite && abs(self) < 1e300 }
}

/// A range of numbers and where its ticks are.
struct Axis: Hashable {
    let lowest: Double
    let highest: Double
    let ticks: [Double]

    /// A range with round ends around the drawable ones of `values`; nil without any.
    init?(around values: some Sequence<Double>, fromZero: Bool = false, ticks count: Int = 6) {
        let finite = values.filter(\.isDrawable)
        guard var low = finite.min(), var high = finite.max() else { return nil }
        if fromZero { (low, high) = (min(0, low), max(0, high)) }
        // Too narrow for ticks that differ: one number, or many that are almost the same.
        if high - low <= max(abs(high), abs(low)) * 1e-9 {
            let room = high == 0 ? 1 : abs(high) * 0.5
            if fromZero { (low, high) = high > 0 ? (0, high) : (0, 1) } else { (low, high) = (low - room, high + room) }
        }
        let step = Self.step((high - low) / Double(count - 1))
        let first = (low / step + 1e-9).rounded(.down)
        let last = (high / step - 1e-9).rounded(.up)
        // By multiples, since sums drift.
        ticks = stride(from: first, through: last, by: 1).map { $0 * step }
        (lowest, highest) = (first * step, last * step)
    }

    /// Whole numbers from the first to the last; at most `count` ticks, the first one among them.
    init(wholes: ClosedRange<Int>, ticks count: Int = 8) {
        let span = wholes.upperBound - wholes.lowerBound
        let step = span < count ? 1 : max(1, Int(Self.step(Double(span) / Double(count - 1)).rounded(.up)))
        let multiples = stride(from: 0, through: wholes.upperBound, by: step).filter { $0 > wholes.lowerBound }
        // The first multiple would sit on top of the first number.
        let room = multiples.filter { $0 - wholes.lowerBound >= (step + 1) / 2 }
        ticks = ([wholes.lowerBound] + room).map(Double.init)
        (lowest, highest) = (Double(wholes.lowerBound), Double(wholes.upperBound))
    }

    /// 0 at the lowest number, 1 at the highest; the middle where they are the same.
    func share(_ value: Double) -> Double { highest == lowest ? 0.5 : (value - lowest) / (highest - lowest) }

    /// A tick with as many digits as all ticks need to differ.
    func text(_ tick: Double) -> String {
        let step = ticks.count > 1 ? ticks[1] - ticks[0] : max(abs(tick), 1)
        if max(abs(lowest), abs(highest)) >= 1e6 || step < 1e-5 { return String(format: "%.3g", tick) }
        return Figures.fixed(tick, max(0, Int(ceil(-log10(step) - 1e-9))))
    }

    /// The round number (1, 2 or 5 by a power of ten) that is not below.
    static func step(_ least: Double) -> Double {
        let power = pow(10, floor(log10(least)))
        let digit = [1, 2, 5].first { $0 * power >= least * (1 - 1e-9) } ?? 10
        return digit * power
    }
}
