/// What planning knows of a machine: how fast it computes and sends, and how much it can hold.
public struct Device: Hashable, Sendable {
    /// 10^9 FLOP a second in the blocks that may move.
    public var gflops: Double
    /// 10^9 FLOP a second in the first and last block of each network, which never move: with their few channels they
    /// run at a fraction of the wide blocks' rate.
    public var outerGflops: Double
    /// Each way of its own link.
    public var bytesPerSecond: Double
    /// One way: what a message takes beyond the time of its bytes.
    public var latencySeconds: Double
    /// Bytes; nil: enough for anything.
    public var memory: Int?

    /// - Parameter outerGflops: nil: as `gflops`.
    public init(
        gflops: Double, outerGflops: Double? = nil, bytesPerSecond: Double, latencySeconds: Double = 0, memory: Int? = nil
    ) {
        self.gflops = gflops
        self.outerGflops = outerGflops ?? gflops
        self.bytesPerSecond = bytesPerSecond
        self.latencySeconds = latencySeconds
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
