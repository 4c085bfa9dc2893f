/// What a process has used so far.
public struct ProcessUsage: Codable, Hashable, Sendable {
    /// The most memory that it held at a time, in RAM.
    public var peakBytes: UInt64
    /// Of all its threads, in user and kernel mode.
    public var cpuSeconds: Double

    public init(peakBytes: UInt64, cpuSeconds: Double) {
        self.peakBytes = peakBytes
        self.cpuSeconds = cpuSeconds
    }
}
