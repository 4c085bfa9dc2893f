import OxbowProtocol
import OxbowTrace
import ZeroMQ

// What waits for a receiver, and what libzmq has of it. A body counts against its sender's credits until libzmq has
// written it out, so a receiver that does not read stops those who send to it, and the broker's memory.
extension BrokerShell {
    /// A message in wait for room.
    struct Outgoing {
        /// With the receiver's routing id first.
        var frames: [Message]
        /// Of a forwarded body.
        var passage: Passage?
        /// What a trace is told once it is sent.
        var traced: TracedMessage?
    }

    /// Bodies that were given to libzmq and are not written out.
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

    /// Messages that may wait for one peer; one that reads so little is not there any more.
    private static let outboxLimit = 1024

    func enqueue(_ outgoing: Outgoing, _ connection: ConnectionID) throws {
        if outboxes[connection] == nil, try hand(outgoing, to: connection) { return }
        outboxes[connection, default: []].append(outgoing)
        if outboxes[connection, default: []].count > Self.outboxLimit {
            outboxes[connection] = nil
            try handle(.unreachable(connection))
        }
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
            held.remove(passage.byteCount)
            try handle(.handedOver(passage.credit))
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
                guard let passage = outgoing.passage else { return true }
                return passage.key.term >= term || answers?.contains(passage.key) == true
            }
            outboxes[connection] = kept.isEmpty ? nil : kept
        }
    }
}
