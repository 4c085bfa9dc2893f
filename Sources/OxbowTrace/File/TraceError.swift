/// A trace that cannot be written or read, for a reason that its user can mend.
public struct TraceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which exit code it belongs to (docs/exit-codes.md).
    public enum Code: Hashable, Sendable {
        /// The file cannot be opened, or is none.
        case unreadable
        /// A record does not match its checksum, or cannot be.
        case damaged
        case unwritable
    }

    public let code: Code
    public let description: String

    public init(_ code: Code, _ description: String) { (self.code, self.description) = (code, description) }

    static func unreadable(_ path: String, _ reason: String) -> TraceError {
        TraceError(.unreadable, "Unable to read '\(path)': \(reason). Name a run.oxtrace that this release can read.")
    }

    static func unwritable(_ path: String, _ reason: String) -> TraceError {
        TraceError(
            .unwritable, "Unable to write '\(path)': \(reason). Choose a place that this user may write and that has room.")
    }
}

extension TraceError {
    /// It is as long as it may be.
    static func full(_ path: String, _ limit: UInt64) -> TraceError {
        TraceError(
            .unwritable,
            "Unable to record more in '\(path)': it has \(limit >> 20) MiB, the most that a trace may have. Say a larger --trace-limit."
        )
    }
}

/// Where a trace stops being what was recorded.
public struct TraceFault: Hashable, Sendable {
    /// From 0, the header.
    public var record: Int
    /// In bytes, of the record's first one.
    public var offset: UInt64
    /// A clause.
    public var reason: String

    /// As an error of the whole file.
    public func error(_ path: String) -> TraceError {
        TraceError(
            .damaged,
            "Unable to trust '\(path)': record \(record), at byte \(offset), \(reason). Use an undamaged copy; what is before it can "
                + "be shown.")
    }
}

/// How a trace stops.
public enum TraceEnding: Hashable, Sendable {
    /// Its end record was the last thing in it.
    case complete
    /// The file ends between records, before the end record.
    case unfinished
    /// The file ends inside the record that begins at this byte.
    case torn(at: UInt64)
    case damaged(TraceFault)

    /// For people; nil where all is well.
    public var sentence: String? {
        switch self {
        case .complete: nil
        case .unfinished: "the trace has no end: its broker was stopped in the middle, or still works"
        case .torn(let offset): "the trace is torn at byte \(offset): its broker was stopped in the middle, or the disk was full"
        case .damaged(let fault): "record \(fault.record), at byte \(fault.offset), \(fault.reason)"
        }
    }
}
