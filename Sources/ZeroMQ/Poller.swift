import CZeroMQ
import Glibc

/// Waits for several sockets and descriptors at once. Used by the one thread that owns the sockets.
public struct Poller {
    public struct Events: OptionSet, Hashable, Sendable {
        public let rawValue: Int16
        public init(rawValue: Int16) { self.rawValue = rawValue }

        public static let readable = Events(rawValue: Int16(ZMQ_POLLIN))
        public static let writable = Events(rawValue: Int16(ZMQ_POLLOUT))
        /// Of a descriptor only: it failed or its other end closed.
        public static let failed = Events(rawValue: Int16(ZMQ_POLLERR))
    }

    /// Names one thing that is watched.
    public struct Token: Hashable, Sendable {
        fileprivate let index: Int
    }

    private var items: [zmq_pollitem_t] = []
    /// Held so that no item names a socket that is gone.
    private var kept: [AnyObject?] = []

    public init() {}

    public mutating func add(_ socket: Socket, _ events: Events = .readable) -> Token {
        add(zmq_pollitem_t(socket: socket.raw, fd: 0, events: events.rawValue, revents: 0), keeping: socket)
    }

    public mutating func add(_ wakeup: Wakeup) -> Token {
        add(
            zmq_pollitem_t(socket: nil, fd: wakeup.fileDescriptor, events: Events.readable.rawValue, revents: 0),
            keeping: wakeup)
    }

    /// Readable once it has rung, until it is set again.
    public mutating func add(_ alarm: Alarm) -> Token {
        add(
            zmq_pollitem_t(socket: nil, fd: alarm.fileDescriptor, events: Events.readable.rawValue, revents: 0),
            keeping: alarm)
    }

    /// The descriptor stays the caller's and must stay open.
    public mutating func add(fileDescriptor: Int32, _ events: Events = .readable) -> Token {
        add(zmq_pollitem_t(socket: nil, fd: fileDescriptor, events: events.rawValue, revents: 0), keeping: nil)
    }

    private mutating func add(_ item: zmq_pollitem_t, keeping object: AnyObject?) -> Token {
        items.append(item)
        kept.append(object)
        return Token(index: items.count - 1)
    }

    /// Changes what is waited for; an empty set waits for nothing.
    public mutating func watch(_ token: Token, for events: Events) {
        items[token.index].events = events.rawValue
    }

    /// Waits until something is ready or the time is over; nil waits for ever.
    ///
    /// - Returns: how many are ready; 0 when the time was over.
    @discardableResult
    public mutating func wait(_ timeout: Duration?) -> Int {
        let deadline = timeout.map { ContinuousClock.now + $0 }
        while true {
            let left = deadline.map { max(.zero, $0 - .now).milliseconds } ?? -1
            let count = items.withUnsafeMutableBufferPointer { items in
                zmq_poll(items.baseAddress, Int32(items.count), left)
            }
            if count >= 0 { return Int(count) }
            // Interrupted by a signal: wait for what is left of the time.
            guard zmq_errno() == EINTR else { fatalError("poll: \(message(of: zmq_errno()))") }
        }
    }

    /// What the last `wait` found.
    public func ready(_ token: Token) -> Events {
        Events(rawValue: items[token.index].revents)
    }
}
