import OxbowFleet
import OxbowTrace
import ZeroMQ

/// A body inside a ZeroMQ frame: what came is passed on or read in place, what goes is written in place.
// Sendable: a frame has one owner at a time (see `Message`), and after filling nobody writes to it.
public final class FrameBody: ByteBody {
    let message: Message
    /// Of a traced body.
    let digest: BodyDigest?

    public convenience init(_ message: Message) { self.init(message, isTraced: false) }

    init(_ message: Message, isTraced: Bool) {
        self.message = message
        digest = isTraced ? BodyDigest() : nil
    }

    public var byteCount: Int { message.byteCount }

    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try message.withBytes(body)
    }

    public static let factory: BodyFactory = { count, fill in
        let message = Message(byteCount: count)
        fill(message.mutableBytes)
        return FrameBody(message)
    }
}

extension FrameBody: TracedBody {
    public func withTracedBytes(_ body: (UnsafeRawBufferPointer) -> Void) { withBytes(body) }
}
