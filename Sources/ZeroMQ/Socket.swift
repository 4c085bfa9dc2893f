import CZeroMQ
import Glibc

/// A libzmq socket. It belongs to one thread: the one that uses it first, until `leaveThread`.
///
/// Closed by `close` or when the last reference goes; unsent messages then linger as the options say.
// Sendable: libzmq lets a socket migrate between threads with a full fence (a queue, a lock, a thread's start). Every
// use checks that it is on the owning thread and traps otherwise, so two threads cannot use one socket unnoticed.
public final class Socket: @unchecked Sendable {
    public enum Kind: Hashable, Sendable {
        /// Talks to all it is connected to; adds no address.
        case dealer
        /// Puts the peer's routing id before each message, and takes it off when sending.
        case router
        /// Exactly one peer; within a process.
        case pair
        /// Answers requests; libzmq asks one of these (ZAP) whom to let in.
        case reply

        var number: Int32 {
            switch self {
            case .dealer: ZMQ_DEALER
            case .router: ZMQ_ROUTER
            case .pair: ZMQ_PAIR
            case .reply: ZMQ_REP
            }
        }
    }

    public let kind: Kind
    /// Held so that the context ends after its sockets.
    private let context: Context
    private var open: UnsafeMutableRawPointer?
    private var owner: pthread_t?

    /// Throws `tooManySockets` when the context or the process has no more.
    public init(_ context: Context, _ kind: Kind, _ options: SocketOptions = SocketOptions()) throws(ZeroMQError) {
        guard let raw = zmq_socket(context.raw, kind.number) else { throw error("open", "\(kind)", zmq_errno()) }
        self.context = context
        self.kind = kind
        self.open = raw
        options.apply(to: raw)
    }

    deinit {
        guard let open else { return }
        must("close socket") { zmq_close(open) }
    }

    /// Closes now; any later use traps.
    public func close() {
        let raw = self.raw
        open = nil
        must("close socket") { zmq_close(raw) }
    }

    /// Ends this thread's ownership: the next thread that uses the socket becomes its owner.
    ///
    /// The caller hands the socket over through something that orders memory: a queue, a lock, a thread's start.
    public func leaveThread() {
        _ = raw
        owner = nil
    }

    /// The socket for a C call, checked: open, and on its own thread.
    var raw: UnsafeMutableRawPointer {
        guard let open else { fatalError("a closed \(kind) socket was used") }
        let thread = pthread_self()
        if let owner {
            precondition(pthread_equal(owner, thread) != 0, "a \(kind) socket was used outside the thread that owns it")
        } else {
            owner = thread
        }
        return open
    }
}

extension Socket {
    /// Accepts connections at `tcp://127.0.0.1:*`, `ipc:///path` or `inproc://name`.
    ///
    /// Throws `addressInUse`, `addressNotAvailable`, `invalidEndpoint` or `notPermitted`. An ipc path is never in use:
    /// libzmq replaces the file, even one that another process listens on, and leaves it behind when it closes.
    /// - Returns: the endpoint that peers connect to, with the port that `*` became.
    @discardableResult
    public func bind(_ endpoint: String) throws(ZeroMQError) -> String {
        let raw = self.raw
        try attempt("bind", on: endpoint, { zmq_bind(raw, endpoint) })
        return boundEndpoint
    }

    /// Connects, and reconnects for as long as the socket is open. Returns at once; throws `invalidEndpoint`.
    public func connect(_ endpoint: String) throws(ZeroMQError) {
        let raw = self.raw
        try attempt("connect to", on: endpoint, { zmq_connect(raw, endpoint) })
    }

    /// Ends a connection that `connect` began, under the same endpoint.
    public func disconnect(_ endpoint: String) throws(ZeroMQError) {
        let raw = self.raw
        try attempt("disconnect from", on: endpoint, { zmq_disconnect(raw, endpoint) })
    }

    /// Accepts no more connections at this endpoint, as `bind` returned it.
    public func unbind(_ endpoint: String) throws(ZeroMQError) {
        let raw = self.raw
        try attempt("unbind", on: endpoint, { zmq_unbind(raw, endpoint) })
    }

    /// The last endpoint bound, or "" before any.
    public var boundEndpoint: String {
        let raw = self.raw
        var endpoint = [CChar](repeating: 0, count: 512)
        var count = endpoint.count
        must("read the last endpoint") { zmq_getsockopt(raw, ZMQ_LAST_ENDPOINT, &endpoint, &count) }
        return text(of: endpoint)
    }
}
