import Dispatch
import Foundation
import ZeroMQ

/// A wish to stop, from a signal or from the supervisor; wakes the loop that must hear of it.
// Sendable: the reason is behind a lock, `Wakeup` is safe from any thread, the sources are never changed.
public final class StopRequest: @unchecked Sendable {
    public let wakeup: Wakeup
    private let lock = NSLock()
    private var reason: String?
    private var sources: [any DispatchSourceSignal] = []

    public init() throws {
        wakeup = try Wakeup()
    }

    /// Why to stop, once somebody asked.
    public var requested: String? { lock.withLock { reason } }

    public func request(_ reason: String) {
        lock.withLock { self.reason = self.reason ?? reason }
        wakeup.signal()
    }

    /// A second signal means: at once. Supervised processes end by themselves when their supervisor is gone.
    private func signalled(_ name: String) {
        if requested != nil { _exit(130) }
        request(name)
    }

    /// SIGINT and SIGTERM become requests instead of ending the process.
    public func watchSignals() {
        for (number, name) in [(SIGINT, "interrupted"), (SIGTERM, "asked to end (SIGTERM)")] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [weak self] in self?.signalled(name) }
            source.resume()
            sources.append(source)
        }
    }

    /// The end of standard input becomes a request: a supervised process does not outlive its supervisor.
    public func watchSupervisor() {
        let thread = Thread { [self] in
            var byte: UInt8 = 0
            while true {
                let count = read(0, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { break }
            }
            request("the supervisor is gone")
        }
        thread.name = "supervisor"
        thread.start()
    }
}
