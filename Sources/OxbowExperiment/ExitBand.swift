/// Exit codes of `oxbow`: what kind of thing went wrong (docs/exit-codes.md). Numbers are stable.
public enum ExitBand: Int32, Hashable, Sendable, CaseIterable {
    case success = 0
    /// A check did its work and found something out of tolerance.
    case finding = 1
    /// Options, the experiment file or a key of it.
    case usage = 2
    /// The data folder, a domain or a partition.
    case data = 3
    /// A state file or checkpoint.
    case state = 4
    /// An address, a port or a connection.
    case network = 5
    /// What a peer said, or that it left for good.
    case peer = 6
    /// The output folder or a file in it.
    case output = 7
    /// A computation that did not succeed, such as numbers that are none.
    case compute = 8
    /// Our own bug.
    case bug = 70
    /// Stopped by a signal; what was committed is kept.
    case interrupted = 130
}
