import CZeroMQ
import Glibc

/// Ends the wait of a `Poller` at a point in time, where its milliseconds are too coarse: a timerfd.
public final class Alarm {
    let fileDescriptor: Int32

    public init() throws(ZeroMQError) {
        fileDescriptor = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK))
        guard fileDescriptor >= 0 else { throw error("open", "timerfd", errno) }
    }

    deinit {
        Glibc.close(fileDescriptor)
    }

    /// Rings after this time, at once if it is over; replaces what was set before. nil: not at all.
    public func set(after delay: Duration?) {
        var setting = itimerspec()
        if let delay {
            // Nothing but zeros would mean never.
            let (seconds, attoseconds) = max(delay, .nanoseconds(1)).components
            setting.it_value = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        }
        must("set timerfd") { timerfd_settime(fileDescriptor, 0, &setting, nil) }
    }
}
