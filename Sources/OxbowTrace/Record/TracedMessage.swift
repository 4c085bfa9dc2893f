import OxbowProtocol
import OxbowWire

/// Bytes that stay where they are while this value lives.
public protocol TracedBody: AnyObject, Sendable {
    var byteCount: Int { get }
    func withTracedBytes(_ body: (UnsafeRawBufferPointer) -> Void)
}

/// The hash of a body that is received once and sent once: computed by the recorder's thread, between the two.
// Sendable: written and read by the recorder's thread alone.
public final class BodyDigest: @unchecked Sendable {
    var bytes: [UInt8]?
    public init() {}
}

/// A message on its way into a trace.
public struct TracedMessage: Sendable {
    public enum Body: Sendable {
        case control([UInt8])
        /// To be hashed, for the digest too. Only bulk bodies are kept, if the trace keeps any.
        case received(any TracedBody, BodyDigest?)
        /// The same bytes on their way out.
        case passedOn(byteCount: Int, BodyDigest?, received_ns: UInt64)
    }
    public var time_ns: UInt64
    public var direction: TraceMessage.Direction
    public var connection: UInt64
    public var member: MemberID?
    public var envelope: Envelope
    public var body: Body

    public init(
        time_ns: UInt64, _ direction: TraceMessage.Direction, connection: UInt64, member: MemberID?, envelope: Envelope,
        body: Body
    ) {
        (self.time_ns, self.direction, self.connection) = (time_ns, direction, connection)
        (self.member, self.envelope, self.body) = (member, envelope, body)
    }
}
