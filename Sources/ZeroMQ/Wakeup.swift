import CZeroMQ
import Glibc

/// Lets another thread end the wait of a `Poller`: an eventfd.
// Sendable: the descriptor never changes, and write and read of an eventfd are atomic.
public final class Wakeup: @unchecked Sendable {
    let fileDescriptor: Int32

    public init() throws(ZeroMQError) {
        fileDescriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard fileDescriptor >= 0 else { throw error("open", "eventfd", errno) }
    }

    deinit {
        Glibc.close(fileDescriptor)
    }

    /// Makes the poller's wait return, now or at its next call. From any thread; several signals may be seen as one.
    public func signal() {
        var one: UInt64 = 1
        while write(fileDescriptor, &one, 8) != 8 {
            // EAGAIN: the counter is full, so a signal is pending anyway.
            if errno == EAGAIN { return }
            guard errno == EINTR else { fatalError("signal eventfd: \(message(of: errno))") }
        }
    }

    /// Takes all signals so far; for the polling thread, before it looks at its queue.
    public func drain() {
        var count: UInt64 = 0
        while read(fileDescriptor, &count, 8) != 8 {
            if errno == EAGAIN { return }
            guard errno == EINTR else { fatalError("drain eventfd: \(message(of: errno))") }
        }
    }
}
