import Foundation

/// One stretch of load: how long it goes on, and what was counted.
// Sendable: everything mutable is under the lock.
final class RouteTurn: @unchecked Sendable {
    struct Result {
        var seconds = 0.0
        var messages = 0
        var bytes = 0
        /// Of each exchange, there and back, in seconds.
        var roundTrips = Samples()

        var gigabytesPerSecond: Double { Double(bytes) / seconds / 1e9 }
        var messagesPerSecond: Double { Double(messages) / seconds }
    }

    private let lock = NSLock()
    /// Held while a message is under way, if only one may be.
    private let passage: NSLock?
    private let limit: Duration
    private let edges: Int
    private var start: ContinuousClock.Instant?
    private var ended = 0
    private var lastHalf: Int?
    private var collected = Result()

    init(seconds: Double, alone: Bool, edges: Int) {
        limit = .seconds(seconds)
        passage = alone ? NSLock() : nil
        self.edges = edges
    }

    /// The clock starts with the first edge.
    func begin() { lock.withLock { start = start ?? .now } }

    /// Whether there is another half after this one. The first edge that finds the time over decides for all: nobody
    /// can be a half further, since halves begin for all together.
    func goesOn(after half: Int) -> Bool {
        lock.withLock {
            if lastHalf == nil, let start, ContinuousClock.now - start >= limit { lastHalf = half + 1 }
            return lastHalf.map { half < $0 } ?? true
        }
    }

    func end() {
        lock.withLock {
            ended += 1
            if let start { collected.seconds = (ContinuousClock.now - start).seconds }
        }
    }

    func exclusively(_ body: () throws -> Double) rethrows -> Double {
        guard let passage else { return try body() }
        return try passage.withLock(body)
    }

    func add(_ roundTrips: [Double], bytes: Int) {
        lock.withLock {
            roundTrips.forEach { collected.roundTrips.add($0) }
            collected.messages += 2 * roundTrips.count
            collected.bytes += bytes
        }
    }

    var isDone: Bool { lock.withLock { ended == edges } }
    var result: Result { lock.withLock { collected } }
}
