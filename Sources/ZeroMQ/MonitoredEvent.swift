import CZeroMQ

/// One event of a socket, as libzmq tells it to the socket that monitors it.
struct MonitoredEvent {
    /// One of ZMQ_EVENT_...
    let kind: Int32
    /// What it is depends on the kind.
    let value: Int32

    /// From the first frame of two: the event in 16 bits, then its value in 32. nil: it is no such frame.
    init?(_ frame: Message) {
        let bytes = frame.copyBytes()
        guard bytes.count == 6 else { return nil }
        (kind, value) = bytes.withUnsafeBytes {
            (Int32($0.loadUnaligned(as: UInt16.self)), $0.loadUnaligned(fromByteOffset: 2, as: Int32.self))
        }
    }
}

extension Socket {
    /// From now on tells these events to one `pair` socket of the same context that connects to this inproc endpoint.
    func monitor(at endpoint: String, _ events: Int32) throws(ZeroMQError) {
        let raw = self.raw
        try attempt("monitor", on: endpoint, { zmq_socket_monitor(raw, endpoint, events) })
    }

    /// Of that `pair` socket: the next event that `make` makes something of, or nil if there is none now.
    func nextMonitored<Event>(_ make: (MonitoredEvent) -> Event?) -> Event? {
        while let received = receive(maxFrames: 2) {
            if let event = received.frames.first.flatMap(MonitoredEvent.init).flatMap(make) { return event }
        }
        return nil
    }
}
