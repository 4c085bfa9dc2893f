/// What planning knows of a machine: how fast it computes and sends, and how much it can hold.
public struct Device: Hashable, Sendable {
    /// 10^9 FLOP a second.
    public var gflops: Double
    /// Each way of its own link.
    public var bytesPerSecond: Double
    /// Bytes; nil: enough for anything.
    public var memory: Int?

    public init(gflops: Double, bytesPerSecond: Double, memory: Int? = nil) {
        self.gflops = gflops
        self.bytesPerSecond = bytesPerSecond
        self.memory = memory
    }
}

/// The server tier: one machine, whose link all workers share.
public struct CoreDevice: Hashable, Sendable {
    public var gflops: Double
    public var bytesPerSecond: Double

    public init(gflops: Double, bytesPerSecond: Double) {
        self.gflops = gflops
        self.bytesPerSecond = bytesPerSecond
    }
}
