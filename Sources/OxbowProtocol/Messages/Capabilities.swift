import OxbowScheduling

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

    /// The key of the tag that the program adds: like memory and speed a fact that a machine says of itself, and not enrolled.
    public static let architectureTag = "arch"

    /// Those that its owner said.
    public var ownersTags: [String: String] { tags.filter { $0.key != Self.architectureTag } }

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
