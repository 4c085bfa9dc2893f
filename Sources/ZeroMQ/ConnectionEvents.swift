import CZeroMQ

/// A connection that came to a socket, or went. Names its descriptor, which the system gives to another one afterwards.
public enum ConnectionEvent: Hashable, Sendable {
    case accepted(fileDescriptor: Int32)
    case ended(fileDescriptor: Int32)

    /// nil: another event.
    init?(_ monitored: MonitoredEvent) {
        switch monitored.kind {
        case ZMQ_EVENT_ACCEPTED: self = .accepted(fileDescriptor: monitored.value)
        case ZMQ_EVENT_DISCONNECTED: self = .ended(fileDescriptor: monitored.value)
        default: return nil
        }
    }
}

extension Socket {
    /// From now on tells which connections come and go, to one `pair` socket of the same context that connects to this inproc
    /// endpoint. That one must be read: libzmq's I/O thread waits for it.
    public func tellConnections(at endpoint: String) throws(ZeroMQError) {
        try monitor(at: endpoint, ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED)
    }

    /// Tells nothing any more; whoever read it may close.
    public func stopTellingConnections() {
        let raw = self.raw
        must("end monitor") { zmq_socket_monitor(raw, nil, 0) }
    }

    /// Of a `pair` socket that listens to another one: the next event that it cares for, or nil if there is none now.
    public func nextConnectionEvent() -> ConnectionEvent? { nextMonitored(ConnectionEvent.init) }
}

extension Message {
    /// Of a received frame: the descriptor of the connection that it came over, which may be closed by now; nil within a process.
    public var fileDescriptor: Int32? {
        let descriptor = zmq_msg_get(raw, ZMQ_SRCFD)
        return descriptor >= 0 ? descriptor : nil
    }
}
