import Foundation
import OxbowProtocol
import OxbowTrace

/// What virtual members saw, all together.
// Sendable: everything is behind the lock.
public final class DriveStatistics: @unchecked Sendable {
    /// Numbers so far.
    public struct Counts: Hashable, Sendable {
        public var sent = 0
        public var sentBytes = 0
        public var received = 0
        public var receivedBytes = 0
        /// Members that were welcomed, by sessions.
        public var welcomes = 0
        /// Sessions that were begun anew because the broker was silent.
        public var silences = 0
        /// Messages that a member had no use for.
        public var dropped = 0
        public var unreadable = 0
        /// Members that were refused, by the broker's sentence.
        public var refusals: [String: Int] = [:]
        /// Members whose part is over.
        public var ends = 0

        public init() {}
    }

    /// From a worker's message to the core's answer to it.
    public struct Latency: Encodable, Hashable, Sendable {
        public var exchange: UInt8
        public var count: UInt64
        public var p50Seconds: Double
        public var p90Seconds: Double
        public var p99Seconds: Double
        public var maxSeconds: Double
    }

    private let lock = NSLock()
    private var numbers = Counts()
    private var histograms: [Exchange: LatencyHistogram] = [:]

    public init() {}

    public var counts: Counts { lock.withLock { numbers } }

    /// By exchange.
    public var latencies: [Latency] {
        lock.withLock {
            histograms.sorted { $0.key < $1.key }.map { exchange, times in
                Latency(
                    exchange: exchange.rawValue, count: times.count, p50Seconds: times.value(atPercentile: 50),
                    p90Seconds: times.value(atPercentile: 90), p99Seconds: times.value(atPercentile: 99),
                    maxSeconds: times.value(atPercentile: 100))
            }
        }
    }

    private func count(_ change: (inout Counts) -> Void) { lock.withLock { change(&numbers) } }

    func sent(_ bytes: Int) {
        count {
            $0.sent += 1
            $0.sentBytes += bytes
        }
    }

    func received(_ bytes: Int) {
        count {
            $0.received += 1
            $0.receivedBytes += bytes
        }
    }

    func unreadable() { count { $0.unreadable += 1 } }

    func noted(_ note: MemberNote) {
        switch note {
        case .welcomed: count { $0.welcomes += 1 }
        case .brokerSilent: count { $0.silences += 1 }
        case .dropped: count { $0.dropped += 1 }
        default: break
        }
    }

    func ended(_ how: MemberEnd) {
        count {
            $0.ends += 1
            switch how {
            case .refused(_, let message), .failed(let message): $0.refusals[message, default: 0] += 1
            case .finished, .stopped: break
            }
        }
    }

    func answered(_ exchange: Exchange, after time: Duration) {
        let microseconds = UInt64(clamping: time.components.seconds * 1_000_000 + time.components.attoseconds / 1_000_000_000_000)
        lock.withLock { histograms[exchange, default: LatencyHistogram()].add(microseconds: microseconds) }
    }
}
