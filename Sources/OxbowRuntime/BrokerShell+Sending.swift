import OxbowProtocol
import OxbowTrace
import OxbowWire
import ZeroMQ

// What waits for a receiver, and what libzmq has of it. A body counts against its sender's credits until libzmq has
// written it out, so a receiver that does not read stops those who send to it, and the broker's memory.
extension BrokerShell {
    /// A message in wait for room.
    struct Outgoing {
        /// With the receiver's routing id first.
        var frames: [Message]
        /// Of a forwarded body, and of a long message.
        var passage: Passage?
        /// What a trace is told once it is sent.
        var traced: TracedMessage?
        /// What counts against the limit of a receiver's outbox; credits bound forwarded bodies.
        var ownBytes: Int { passage?.forwarded == nil ? frames.reduce(0) { $0 + $1.byteCount } : 0 }
    }

    /// Bodies and long messages that were given to libzmq and are not written out.
    struct InHand {
        var count = 0
        var byteCount = 0

        /// Two keep the connection busy while this thread hears that one left; more only if they are small.
        func hasRoom(for bytes: Int) -> Bool { count < 2 || byteCount + bytes <= 1 << 20 }
    }

    /// Bodies of members that this process holds, waiting or in libzmq's hands.
    public struct HeldBodies: Sendable {
        public internal(set) var count = 0
        public internal(set) var byteCount = 0
        public internal(set) var mostCount = 0
        public internal(set) var mostBytes = 0

        mutating func add(_ bytes: Int) {
            count += 1
            byteCount += bytes
            mostCount = max(mostCount, count)
            mostBytes = max(mostBytes, byteCount)
        }

        mutating func remove(_ bytes: Int) {
            count -= 1
            byteCount -= bytes
        }
    }

    /// What may wait for one peer; one that reads so little is not there any more.
    private static let outboxLimit = (messages: 1024, bytes: 4 * WireLimits.controlBytes)
    /// What may wait for one that has no session: it is owed nothing but an answer.
    private static let strangerLimit = (messages: 16, bytes: 2 * WireLimits.operatorReplyBytes)
    /// Longer messages of the broker count as in hand until they are written out: libzmq's queues count messages only, and a
    /// peer that asks for long answers and never reads would fill them.
    private static let longBytes = 32 << 10

    func enqueue(_ outgoing: Outgoing, _ connection: ConnectionID) throws {
        if outboxes[connection] == nil, try hand(outgoing, to: connection) { return }
        outboxes[connection, default: []].append(outgoing)
        let limit = machine.knows(connection) ? Self.outboxLimit : Self.strangerLimit
        let waiting = outboxes[connection, default: []]
        guard waiting.count > limit.messages || waiting.reduce(0, { $0 + $1.ownBytes }) > limit.bytes else { return }
        outboxes[connection] = nil
        try handle(.unreachable(connection))
    }

    /// A message of the broker's own.
    func enqueue(
        _ head: [UInt8], _ body: [UInt8], _ connection: ConnectionID, traced: TracedMessage? = nil
    ) throws {
        var content = Message(copying: body)
        var passage: Passage?
        if body.count > Self.longBytes {
            let long = Passage(connection, nil, byteCount: body.count)
            content = Message(sharing: content) { [departures] in departures.add(long) }
            passage = long
        }
        try enqueue(
            Outgoing(
                frames: [Self.routingFrame(connection), Message(copying: head), content], passage: passage, traced: traced),
            connection)
    }

    func flush() throws {
        for connection in outboxes.keys.sorted() { try flush(connection) }
    }

    private func flush(_ connection: ConnectionID) throws {
        while let outgoing = outboxes[connection]?.first {
            guard try hand(outgoing, to: connection) else { return }
            // An unreachable receiver has no outbox any more.
            outboxes[connection]?.removeFirst()
        }
        outboxes[connection] = nil
    }

    /// Gives a message to libzmq, or drops it with all others when its receiver is gone.
    /// - Returns: false if it must wait.
    private func hand(_ outgoing: Outgoing, to connection: ConnectionID) throws -> Bool {
        if let passage = outgoing.passage, inHand[connection]?.hasRoom(for: passage.byteCount) == false { return false }
        switch socket.send(outgoing.frames) {
        case .wouldBlock:
            isBlocked = true
            return false
        case .sent:
            trace?.sent(outgoing.traced, at: clock.now - origin)
            guard let passage = outgoing.passage else { return true }
            passage.isInHand = true
            inHand[connection, default: InHand()].count += 1
            inHand[connection, default: InHand()].byteCount += passage.byteCount
            return true
        case .unreachable:
            outboxes[connection] = nil
            try handle(.unreachable(connection))
            return true
        }
    }

    /// Returns the credits of all bodies that left, and sends what waited for their place.
    func settle() throws {
        for passage in departures.take(awaitingMore: !outboxes.isEmpty) {
            if let forwarded = passage.forwarded {
                held.remove(passage.byteCount)
                if passage.isInHand { departed.delivered += 1 } else { departed.dropped += 1 }
                try handle(.handedOver(forwarded.credit))
            }
            guard passage.isInHand, var rest = inHand[passage.connection] else { continue }
            rest.count -= 1
            rest.byteCount -= passage.byteCount
            inHand[passage.connection] = rest.count > 0 ? rest : nil
            try flush(passage.connection)
        }
    }

    /// Drops bodies of older terms that still wait: their receivers would not use them. Their credits return.
    func dropBodies(before term: UInt32, sparing answers: CommittedAnswers?) {
        for (connection, outbox) in outboxes {
            let kept = outbox.filter { outgoing in
                guard let key = outgoing.passage?.forwarded?.key else { return true }
                return key.term >= term || answers?.contains(key) == true
            }
            outboxes[connection] = kept.isEmpty ? nil : kept
        }
    }
}
