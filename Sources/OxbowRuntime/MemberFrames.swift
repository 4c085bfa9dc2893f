import OxbowProtocol
import OxbowWire
import ZeroMQ

/// A member's messages as frames: the envelope, and a body.
enum MemberFrames {
    /// Bulk bodies must be in frames, which are not copied.
    /// - Throws: `WireError` for what the wire does not allow.
    static func encode(_ envelope: Envelope, _ payload: Payload) throws -> [Message] {
        let head = Message(copying: try EnvelopeCodec.encode(envelope))
        switch payload {
        case .control(let message): return [head, Message(copying: try ControlCodec.encode(message))]
        case .bulk(let body):
            guard let body = body as? FrameBody else { preconditionFailure("a body that is not in a frame") }
            return [head, body.message]
        }
    }

    /// - Returns: nil for what only brokers receive, and for what is not two frames.
    /// - Throws: `WireError` for what cannot be read.
    static func decode(_ frames: [Message], _ lane: Lane) throws -> MemberEvent? {
        guard frames.count == 2 else { return nil }
        let envelope = try frames[0].withBytes(EnvelopeCodec.decode)
        switch envelope.content {
        case .control:
            return .received(lane, envelope, .control(try frames[1].withBytes { try ControlCodec.decode($0) }))
        case .bulk: return .received(lane, envelope, .bulk(FrameBody(frames[1])))
        case .artifact, .operator, .enrolment: return nil
        }
    }
}
