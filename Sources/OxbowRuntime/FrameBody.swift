import OxbowFleet
import ZeroMQ

/// A body inside a ZeroMQ frame: what came is passed on or read in place, what goes is written in place.
// Sendable: a frame has one owner at a time (see `Message`), and after filling nobody writes to it.
public final class FrameBody: ByteBody {
    let message: Message

    public init(_ message: Message) { self.message = message }

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
