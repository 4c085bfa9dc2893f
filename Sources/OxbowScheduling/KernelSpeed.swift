import OxbowRandom

/// How fast a machine computes its part of a step of a model of one width.
public struct KernelSpeed: Codable, Hashable, Sendable {
    /// Of the model: what its channels are multiplied by.
    public var width: Double
    /// 10^9 FLOP a second in the blocks that may move, and in those that always are in the core.
    public var gflops: Double
    /// 10^9 FLOP a second in the first and last block of each network; a core has none and repeats `gflops`.
    public var outerGflops: Double

    public init(width: Double, gflops: Double, outerGflops: Double) {
        self.width = width
        self.gflops = gflops
        self.outerGflops = outerGflops
    }
}

extension [KernelSpeed] {
    /// The speed at a width: straight over the width's logarithm between the nearest ones, the nearest beyond them.
    ///
    /// nil if there is none.
    public func speed(at width: Double) -> KernelSpeed? {
        let known = sorted { $0.width < $1.width }
        guard let above = known.firstIndex(where: { $0.width >= width }), above > 0 else {
            return (known.first { $0.width >= width } ?? known.last).map { $0.at(width) }
        }
        let (low, high) = (known[above - 1], known[above])
        let place = naturalLogarithm(width / low.width) / naturalLogarithm(high.width / low.width)
        func between(_ a: Double, _ b: Double) -> Double { a + place * (b - a) }
        return KernelSpeed(
            width: width, gflops: between(low.gflops, high.gflops), outerGflops: between(low.outerGflops, high.outerGflops))
    }
}

extension KernelSpeed {
    fileprivate func at(_ width: Double) -> KernelSpeed {
        KernelSpeed(width: width, gflops: gflops, outerGflops: outerGflops)
    }
}
