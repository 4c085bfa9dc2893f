/// How fast a machine runs the kernels of a model of one width.
public struct KernelSpeed: Codable, Hashable, Sendable {
    /// Multiplies every channel count; speeds of other widths lie between.
    public var width: Double
    /// 10^9 FLOP a second on blocks that may move.
    public var gflops: Double
    /// The same on the outermost blocks, which have few channels and always stay.
    public var outerGflops: Double

    public init(width: Double, gflops: Double, outerGflops: Double) {
        self.width = width
        self.gflops = gflops
        self.outerGflops = outerGflops
    }
}

extension [KernelSpeed] {
    /// At a width between two measured ones, in proportion; outside of all, as at the nearest. Nil: none was measured.
    public func speed(width: Double) -> KernelSpeed? {
        guard let above = first(where: { $0.width >= width }) else { return last }
        guard let below = last(where: { $0.width < width }) else { return above }
        let share = (width - below.width) / (above.width - below.width)
        func between(_ value: (KernelSpeed) -> Double) -> Double { value(below) + share * (value(above) - value(below)) }
        return KernelSpeed(width: width, gflops: between(\.gflops), outerGflops: between(\.outerGflops))
    }
}

/// A worker's link to the broker, as it measured it. All zero: not measured.
public struct LinkQuality: Codable, Hashable, Sendable {
    public var roundTripSeconds: Double
    public var upBytesPerSecond: Double
    public var downBytesPerSecond: Double

    public init(roundTripSeconds: Double = 0, upBytesPerSecond: Double = 0, downBytesPerSecond: Double = 0) {
        self.roundTripSeconds = roundTripSeconds
        self.upBytesPerSecond = upBytesPerSecond
        self.downBytesPerSecond = downBytesPerSecond
    }

    public var isMeasured: Bool { upBytesPerSecond > 0 && downBytesPerSecond > 0 }
}

/// What a peer says of its machine at hello. Everything in it is a claim until it is checked.
public struct Capabilities: Hashable, Sendable {
    public var memoryBytes: UInt64
    public var cores: UInt32
    public var instructionSet: String
    /// Measured, by rising width; empty when not measured.
    public var speeds: [KernelSpeed]
    /// Said by its owner, and `arch`, which the program adds.
    public var tags: [String: String]

    public init(
        memoryBytes: UInt64 = 0, cores: UInt32 = 1, instructionSet: String = "", speeds: [KernelSpeed] = [],
        tags: [String: String] = [:]
    ) {
        self.memoryBytes = memoryBytes
        self.cores = cores
        self.instructionSet = instructionSet
        self.speeds = speeds
        self.tags = tags
    }
}
