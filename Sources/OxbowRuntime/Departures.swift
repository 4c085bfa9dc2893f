import Foundation
import OxbowProtocol
import ZeroMQ

/// One body on its way through the broker, or one long message of the broker's own.
// Sendable: `isInHand` is only used by the thread with the sockets, the rest never changes.
final class Passage: @unchecked Sendable {
    /// What a body is, and whose credit comes back with it.
    struct Forwarded: Sendable {
        let credit: Credit
        let key: ExchangeKey
    }

    let connection: ConnectionID
    /// nil: the broker's own.
    let forwarded: Forwarded?
    let byteCount: Int
    /// libzmq has it.
    var isInHand = false

    init(_ connection: ConnectionID, _ forwarded: Forwarded?, byteCount: Int) {
        (self.connection, self.forwarded, self.byteCount) = (connection, forwarded, byteCount)
    }
}

/// Bodies whose memory was given back: written out, or dropped. libzmq's threads add, the thread with the sockets takes.
// Sendable: everything mutable is under the lock.
final class Departures: @unchecked Sendable {
    /// Signalled when one is there and more were awaited.
    let wakeup: Wakeup
    private let lock = NSLock()
    private var gone: [Passage] = []
    private var isAwaited = false

    init() throws { wakeup = try Wakeup() }

    func add(_ passage: Passage) {
        let wakes = lock.withLock {
            gone.append(passage)
            defer { isAwaited = false }
            return isAwaited
        }
        if wakes { wakeup.signal() }
    }

    /// All since the last call.
    /// - Parameter awaitingMore: whether the next one should end the poller's wait. Credits alone can wait for the next
    ///   message, which would look at them; somebody in wait for room cannot.
    func take(awaitingMore: Bool) -> [Passage] {
        lock.withLock {
            isAwaited = awaitingMore
            defer { gone.removeAll(keepingCapacity: true) }
            return gone
        }
    }
}
