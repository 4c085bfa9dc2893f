import OxbowProtocol
import OxbowWire
import ZeroMQ

/// A connection with a key, by the descriptor that the system gave it.
struct KeyedConnection: Hashable {
    var id: ConnectionID
    var key: KeyID
    var fileDescriptor: Int32
    /// Tells whether the descriptor is still this connection's.
    var cookie: UInt64
}

/// Connections over which something came: as many as descriptors at the most.
struct KeyedConnections {
    private var connections: [Int32: KeyedConnection] = [:]

    mutating func heard(_ id: ConnectionID, _ key: KeyID, _ fileDescriptor: Int32) {
        guard connections[fileDescriptor]?.id != id, let cookie = ConnectionGuard.cookie(fileDescriptor) else { return }
        connections[fileDescriptor] = KeyedConnection(id: id, key: key, fileDescriptor: fileDescriptor, cookie: cookie)
    }

    /// Those of a key, which are known no more.
    mutating func take(_ key: KeyID) -> [KeyedConnection] {
        let all = connections.values.filter { $0.key == key }.sorted { $0.id < $1.id }
        for connection in all { connections[connection.fileDescriptor] = nil }
        return all
    }
}

// Who has which key, and what it allows: docs/security.md. The machine hears only of what a key may do.
extension BrokerShell {
    /// Nothing is encrypted, and it could be read on the way.
    var isInsecure: Bool { gatekeeper == nil && boundEndpoint.hasPrefix("tcp://") }

    /// The key of the connection that a message came over; nil if it counts no more: that connection is ended.
    func counted(_ body: Message, _ connection: ConnectionID) -> KeyID? {
        // Every connection of this socket has been through the gatekeeper.
        guard let key = body.userID.flatMap(KeyID.init) else { return nil }
        if let descriptor = body.fileDescriptor { keyed.heard(connection, key, descriptor) }
        if gatekeeper?.registry.counts(key) == true { return key }
        for connection in keyed.take(key) { connections?.cut(connection) }
        return nil
    }

    /// Ends the connections of revoked keys; their members are lost at once.
    func endRevoked() throws {
        for key in gatekeeper?.takeRevoked() ?? [] {
            logger.notice("a key was revoked", metadata: ["key": "\(key)"])
            for connection in keyed.take(key) {
                try handle(.revoked(connection.id))
                connections?.cut(connection)
            }
        }
    }

    /// A control message as the machine hears it: a hello with what its key allows.
    func event(
        _ message: ControlMessage, _ envelope: Envelope, _ connection: ConnectionID, _ key: KeyID?
    ) -> BrokerEvent {
        guard let key, case .hello(let hello) = message else { return .received(connection, envelope, .control(message)) }
        guard let admission = gatekeeper?.registry.admission(key, taken: machine.slots) else {
            return .misused(connection, "This key takes no part in the fleet.")
        }
        return .greeted(connection, hello, admission)
    }

    /// Answers a worker that wants its key enrolled, or that asks what it is enrolled as.
    func enrol(_ body: Message, _ connection: ConnectionID, _ key: KeyID?) throws {
        let reply: EnrolmentReply
        do throws(WireError) {
            let request = try body.withBytes(EnrolmentCodec.decodeRequest)
            reply = answer(request, key)
        } catch {
            return try handle(.malformed(connection, error.reason))
        }
        try enqueue(EnvelopeCodec.encode(Envelope(content: .enrolment)), EnrolmentCodec.encode(reply), connection)
    }

    private func answer(_ request: EnrolmentRequest, _ key: KeyID?) -> EnrolmentReply {
        guard let key, let registry = gatekeeper?.registry else {
            return EnrolmentReply(code: .failed, message: "this broker is not encrypted, and enrols nobody")
        }
        let reply = registry.enrol(request, over: key, taken: machine.slots)
        let name = reply.code == .done ? reply.workerID : request.workerID
        logger.notice(
            reply.code == .done ? "enrolled" : "not enrolled",
            metadata: [
                "id": "\(name)", "key": "\(key)", "slot": "\(reply.slot.map(String.init) ?? "-")", "reason": "\(reply.message)",
            ])
        return reply
    }
}

extension KeyID {
    /// Why a message is not for who has such a key; nil if it is.
    func fault(of envelope: Envelope) -> String? {
        switch (kind, envelope.content) {
        case (.worker, .control), (.worker, .bulk), (.worker, .artifact), (.worker, .enrolment): nil
        case (.join, .enrolment), (.operator, .operator): nil
        case (.join, _): "A join token may only enrol a worker."
        case (.operator, _): "An operator's key may only steer the fleet."
        case (.worker, .operator): "A worker's key may not steer the fleet."
        }
    }
}
