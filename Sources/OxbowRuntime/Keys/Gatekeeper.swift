import Foundation
import ZeroMQ

/// Decides whose connections a broker takes: a thread of its own, which libzmq asks at each handshake (ZAP). It looks after the
/// key folder as well, and tells which keys count no more.
// Sendable: everything mutable is under the lock.
public final class Gatekeeper: @unchecked Sendable {
    let registry: KeyRegistry
    /// Signalled when keys were revoked.
    let wakeup: Wakeup
    private let stopped: Wakeup
    private let isOver = DispatchSemaphore(value: 0)
    private let lock = NSLock()
    private var revoked: [KeyID] = []
    private var refusals: UInt64 = 0
    private var isRunning = false

    private static let interval = Duration.seconds(1)

    public init(_ registry: KeyRegistry) throws {
        self.registry = registry
        (wakeup, stopped) = (try Wakeup(), try Wakeup())
    }

    /// Handshakes of strangers so far.
    var refusedHandshakes: UInt64 { lock.withLock { refusals } }

    /// Keys that were revoked since the last call.
    func takeRevoked() -> [KeyID] {
        lock.withLock {
            defer { revoked.removeAll() }
            return revoked
        }
    }

    /// To be called before the socket that it decides for is bound.
    func start(_ context: Context) throws {
        let socket = try Socket(context, .reply)
        try socket.bind(AuthenticationRequest.endpoint)
        socket.leaveThread()
        isRunning = true
        let thread = Thread { [self] in
            work(socket)
            socket.close()
            isOver.signal()
        }
        thread.name = "gatekeeper"
        thread.start()
    }

    /// To be called after that socket is closed: without a gatekeeper libzmq would let everybody in.
    func stop() {
        guard isRunning else { return }
        isRunning = false
        stopped.signal()
        isOver.wait()
    }

    private func work(_ socket: Socket) {
        var poller = Poller()
        _ = poller.add(socket)
        let stop = poller.add(stopped)
        while true {
            poller.wait(Self.interval)
            if !poller.ready(stop).isEmpty { return }
            while let received = socket.receive(maxFrames: 8) {
                guard let request = AuthenticationRequest(received) else {
                    fatalError("libzmq asked for authentication in another way than ZAP 1.0")
                }
                _ = socket.send(request.answer(judge(request)))
            }
            registry.refresh()
            let gone = registry.takeRevoked()
            guard !gone.isEmpty else { continue }
            lock.withLock { revoked += gone }
            wakeup.signal()
        }
    }

    private func judge(_ request: AuthenticationRequest) -> String? {
        if let key = request.publicKey {
            if let id = registry.identify(key) { return id.description }
            // It may have been made a moment ago. Where nothing was, a look is three calls of the system: less than a handshake.
            registry.refresh(after: 0)
            if let id = registry.identify(key) { return id.description }
        }
        lock.withLock { refusals += 1 }
        return nil
    }
}
