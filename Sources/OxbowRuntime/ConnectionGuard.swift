import Foundation
import ZeroMQ

/// Bounds the connections of a listening socket. libzmq takes on whoever comes, until no descriptor is left, and cannot end one
/// connection: this shuts down those of strangers, the first one first, once there are too many.
///
/// A thread of its own, since the one with the sockets waits for the disk at times.
// Sendable: everything mutable is under the lock.
final class ConnectionGuard: @unchecked Sendable {
    private let lock = NSLock()
    private var table: ConnectionTable
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant
    private let socket: Socket
    private let stopped: Wakeup
    private let isOver = DispatchSemaphore(value: 0)
    private var isStopped = false

    private static let endpoint = "inproc://connections"

    /// Begins at once; to be used, and stopped, by the thread that owns the socket.
    init(_ context: Context, _ socket: Socket, limit: Int, lease: Duration) throws {
        (self.socket, table, origin) = (socket, ConnectionTable(limit: limit, lease: lease), clock.now)
        stopped = try Wakeup()
        try socket.tellConnections(at: Self.endpoint)
        let monitor = try Socket(context, .pair)
        try monitor.connect(Self.endpoint)
        monitor.leaveThread()
        Thread { [self] in
            watch(monitor)
            monitor.close()
            isOver.signal()
        }.start()
    }

    /// A message of a member came over this connection.
    func heard(_ fileDescriptor: Int32?) {
        guard let fileDescriptor else { return }
        let now = clock.now - origin
        lock.withLock { table.heard(fileDescriptor, at: now) }
    }

    /// Ends a connection: whoever is at its other end hears at once that it is gone.
    func cut(_ connection: KeyedConnection) {
        Self.end(ConnectionTable.Victim(fileDescriptor: connection.fileDescriptor, cookie: connection.cookie))
    }

    /// Connections now and at the most, and how many were ended.
    var extent: (count: Int, most: Int, ended: Int) { lock.withLock { (table.count, table.most, table.ended) } }

    /// Returns once the thread is over.
    func stop() {
        guard !isStopped else { return }
        isStopped = true
        // The thread goes on until nobody waits for it.
        socket.stopTellingConnections()
        stopped.signal()
        isOver.wait()
    }

    private func watch(_ monitor: Socket) {
        var poller = Poller()
        _ = poller.add(monitor)
        let stop = poller.add(stopped)
        while true {
            poller.wait(nil)
            while let event = monitor.nextConnectionEvent() { take(event) }
            if !poller.ready(stop).isEmpty { return }
        }
    }

    private func take(_ event: ConnectionEvent) {
        switch event {
        case .accepted(let descriptor):
            // nil: it went before it was looked at.
            guard let cookie = Self.cookie(descriptor) else { return }
            let now = clock.now - origin
            if let victim = lock.withLock({ table.accepted(descriptor, cookie: cookie, at: now) }) { Self.end(victim) }
        case .ended(let descriptor): lock.withLock { table.closed(descriptor) }
        }
    }

    /// libzmq finds the connection closed, and closes its descriptor.
    private static func end(_ victim: ConnectionTable.Victim) {
        guard cookie(victim.fileDescriptor) == victim.cookie else { return }
        shutdown(victim.fileDescriptor, Int32(SHUT_RDWR))
    }

    /// What the system numbers its sockets with; no two have the same.
    static func cookie(_ descriptor: Int32) -> UInt64? {
        var cookie: UInt64 = 0
        var size = socklen_t(MemoryLayout<UInt64>.size)
        return getsockopt(descriptor, SOL_SOCKET, socketCookie, &cookie, &size) == 0 ? cookie : nil
    }

    /// SO_COOKIE, which Swift's Glibc does not have.
    private static let socketCookie: Int32 = 57
}
