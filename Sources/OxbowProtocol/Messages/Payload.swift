/// The body of a bulk message. State machines pass it on and never look inside; who performs I/O or arithmetic knows
/// the concrete class.
public protocol BodyStorage: AnyObject, Sendable {
    /// Size on the wire.
    var byteCount: Int { get }
}

/// What follows an envelope.
public enum Payload: Sendable {
    case control(ControlMessage)
    case bulk(any BodyStorage)
}
