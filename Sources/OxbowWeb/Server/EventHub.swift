import NIOCore
import Synchronization

/// Who listens to events. What cannot be sent waits, a bounded while: a reader that is too slow is let go, and connects anew.
final class EventHub: Sendable {
    /// What one listener is sent, until it is let go.
    struct Stream: Sendable {
        var number: Int
        var events: AsyncStream<ByteBuffer>
    }

    private struct Listener {
        var continuation: AsyncStream<ByteBuffer>.Continuation
        /// Ends its connection, on which a write may be stuck.
        var close: @Sendable () -> Void
    }

    private struct State {
        var listeners: [Int: Listener] = [:]
        var next = 0
        /// Whose connections are not over.
        var open: Set<Int> = []
        var isClosed = false
    }

    static let mostListeners = 64
    /// Events that wait for one listener.
    static let mostWaiting = 64

    private let state = Mutex(State())
    private let metrics: BrokerMetrics

    init(_ metrics: BrokerMetrics) {
        self.metrics = metrics
        metrics.streams(0)
    }

    /// - Parameters:
    ///   - first: sent before anything that happens from now on.
    ///   - close: ends the listener's connection.
    /// - Returns: nil when there are too many.
    func listen(first: [ByteBuffer], close: @escaping @Sendable () -> Void) -> Stream? {
        let (events, continuation) = AsyncStream.makeStream(
            of: ByteBuffer.self, bufferingPolicy: .bufferingOldest(Self.mostWaiting))
        return state.withLock { state in
            guard state.listeners.count < Self.mostListeners, !state.isClosed else { return nil }
            let number = state.next
            state.next += 1
            state.open.insert(number)
            for event in first { continuation.yield(event) }
            state.listeners[number] = Listener(continuation: continuation, close: close)
            metrics.streams(state.listeners.count)
            return Stream(number: number, events: events)
        }
    }

    /// Its connection is over.
    func forget(_ number: Int) {
        state.withLock { state in
            state.open.remove(number)
            state.listeners.removeValue(forKey: number)?.continuation.finish()
            metrics.streams(state.listeners.count)
        }
    }

    /// Whether all that was sent is written, after `close`.
    var isDrained: Bool { state.withLock { $0.open.isEmpty } }

    var isEmpty: Bool { state.withLock { $0.listeners.isEmpty } }

    func send(_ event: ByteBuffer) {
        let slow = state.withLock { state in
            let slow = state.listeners.filter { _, listener in
                if case .enqueued = listener.continuation.yield(event) { false } else { true }
            }
            for number in slow.keys { state.listeners[number] = nil }
            if !slow.isEmpty { metrics.streams(state.listeners.count) }
            return slow
        }
        for listener in slow.values {
            metrics.streamDropped()
            listener.continuation.finish()
            listener.close()
        }
    }

    /// All streams end once what was sent is written.
    func close() {
        let all = state.withLock { state in
            defer { (state.listeners, state.isClosed) = ([:], true) }
            return state.listeners
        }
        for listener in all.values { listener.continuation.finish() }
        metrics.streams(0)
    }
}
