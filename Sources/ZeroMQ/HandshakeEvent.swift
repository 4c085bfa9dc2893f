import CZeroMQ

/// How a connection that a socket tried to make went.
public enum HandshakeEvent: Hashable, Sendable {
    case succeeded
    /// The other side knows this key not, or no more.
    case refused
    /// One side uses CURVE, the other does not.
    case otherMechanism
    /// What came is not what this protocol and these keys allow.
    case broken
    /// The other side closed the connection before it was made: a server that cannot read what was meant for another key does so,
    /// and one that ends.
    case cutShort

    /// nil: another event.
    init?(_ monitored: MonitoredEvent) {
        switch monitored.kind {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: self = .succeeded
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: self = .refused
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
            self = monitored.value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH ? .otherMechanism : .broken
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: self = .cutShort
        default: return nil
        }
    }
}

extension Socket {
    /// From now on tells how its connections are made, to one `pair` socket of the same context that connects to this inproc
    /// endpoint. That one must be read.
    public func tellHandshakes(at endpoint: String) throws(ZeroMQError) {
        try monitor(
            at: endpoint,
            ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
                | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)
    }

    /// Of a `pair` socket that listens to another one: the next event that it cares for, or nil if there is none now.
    public func nextHandshakeEvent() -> HandshakeEvent? { nextMonitored(HandshakeEvent.init) }
}
