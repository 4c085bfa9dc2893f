import CZeroMQ
import Glibc

/// One frame: owns a `zmq_msg_t`.
///
/// Sending empties it; the bytes then belong to libzmq. `bytes` is valid while the message lives and is not sent.
// Sendable: a zmq_msg_t is bound to no thread and counts shared content atomically. A message has one owner at a time;
// who hands it to another thread does so through a queue or a lock, and does not touch it afterwards.
public final class Message: @unchecked Sendable {
    let raw: UnsafeMutablePointer<zmq_msg_t>

    private init(_ operation: StaticString, _ initialize: (UnsafeMutablePointer<zmq_msg_t>) -> Int32) {
        // On the heap: small messages hold their bytes inside zmq_msg_t, so its address must not change.
        raw = .allocate(capacity: 1)
        raw.initialize(to: zmq_msg_t())
        guard initialize(raw) == 0 else { fatalError("\(operation): \(message(of: zmq_errno()))") }
    }

    /// An empty frame.
    public convenience init() {
        self.init("init message", zmq_msg_init)
    }

    /// A frame of `byteCount` uninitialised bytes, to be filled through `mutableBytes`.
    public convenience init(byteCount: Int) {
        precondition(byteCount >= 0, "a message of \(byteCount) bytes")
        self.init("allocate message") { zmq_msg_init_size($0, byteCount) }
    }

    /// A copy of these bytes.
    public convenience init(copying bytes: some Collection<UInt8>) {
        self.init(byteCount: bytes.count)
        mutableBytes.copyBytes(from: bytes)
    }

    /// A frame over memory of the caller, which is not copied.
    ///
    /// `release` is called exactly once, on any thread, when neither libzmq nor a message needs the memory any more.
    public convenience init(
        borrowing memory: UnsafeMutableRawBufferPointer, release: @escaping @Sendable () -> Void
    ) {
        let hint = Unmanaged.passRetained(Release(body: release)).toOpaque()
        self.init("wrap memory") {
            zmq_msg_init_data(
                $0, memory.baseAddress, memory.count,
                { _, hint in
                    guard let hint else { return }
                    Unmanaged<Release>.fromOpaque(hint).takeRetainedValue().body()
                }, hint)
        }
    }

    /// A frame over the bytes of another one, which is kept and not copied.
    ///
    /// `release` is called exactly once, on any thread, when the bytes are needed no more: when they were written out to
    /// the peer, or dropped.
    public convenience init(sharing original: Message, release: @escaping @Sendable () -> Void) {
        self.init(borrowing: original.mutableBytes) {
            withExtendedLifetime(original) {}
            release()
        }
    }

    deinit {
        must("close message") { zmq_msg_close(raw) }
        raw.deallocate()
    }

    public var byteCount: Int { zmq_msg_size(raw) }

    /// Calls with the frame's bytes, aligned for nothing, and keeps the frame alive for that long.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(bytes)
    }

    /// The frame's bytes; aligned for nothing. The caller keeps the frame alive: rather use `withBytes`.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(mutableBytes) }

    /// For filling a new frame. Received frames and copies may share content: they are not to be written.
    public var mutableBytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: zmq_msg_data(raw), count: zmq_msg_size(raw))
    }

    /// The frame's bytes in an array of their own.
    public func copyBytes() -> [UInt8] { [UInt8](bytes) }

    /// Whether more frames of the same message followed this one when it was received.
    public var hasMore: Bool { zmq_msg_more(raw) == 1 }

    /// A second frame with the same content; large content is shared, not copied.
    public func copy() -> Message {
        let copy = Message()
        must("copy message") { zmq_msg_copy(copy.raw, raw) }
        return copy
    }

    /// What the connection says of a received frame: "Peer-Address", and with a ZAP handler "User-Id".
    public func property(_ name: String) -> String? {
        zmq_msg_gets(raw, name).map { String(cString: $0) }
    }
}

private final class Release: Sendable {
    let body: @Sendable () -> Void
    init(body: @escaping @Sendable () -> Void) { self.body = body }
}
