import CZeroMQ

/// libzmq's context: its I/O threads, and the name space of `inproc://`.
///
/// Ends when the last reference goes, which waits for lingering sockets; sockets hold their context.
// Sendable: zmq_ctx_* are documented as thread safe, and the pointer never changes.
public final class Context: @unchecked Sendable {
    let raw: UnsafeMutableRawPointer

    /// - Parameters:
    ///   - ioThreads: one carries about a gigabyte a second.
    ///   - maxSockets: the most sockets open at a time.
    public init(ioThreads: Int32 = 1, maxSockets: Int32 = 1023) {
        precondition(ioThreads > 0 && maxSockets > 0, "a context of \(ioThreads) threads, \(maxSockets) sockets")
        guard let raw = zmq_ctx_new() else { fatalError("zmq_ctx_new: \(message(of: zmq_errno()))") }
        self.raw = raw
        must("set io_threads") { zmq_ctx_set(raw, ZMQ_IO_THREADS, ioThreads) }
        must("set max_sockets") { zmq_ctx_set(raw, ZMQ_MAX_SOCKETS, maxSockets) }
    }

    deinit {
        must("terminate context") { zmq_ctx_term(raw) }
    }

    /// libzmq's version at run time, "4.3.4".
    public static var libraryVersion: String {
        var major: Int32 = 0
        var minor: Int32 = 0
        var patch: Int32 = 0
        zmq_version(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }

    /// Whether libzmq was built with this: "curve", "ipc".
    public static func has(_ capability: String) -> Bool { zmq_has(capability) == 1 }
}
