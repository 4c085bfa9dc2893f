import Foundation
import OxbowReplay
import OxbowTrace

/// How far a verification is: on standard error, by bytes of the traces, and in what is said when it is interrupted.
// Sendable: what the interrupt's thread reads is behind the lock, the rest is the verifying thread's.
final class VerifyProgress: @unchecked Sendable {
    private struct Position {
        var path: String
        var record = 0
        var done: UInt64 = 0
        var seconds = 0.0
        var counts = VerifiedCounts()
    }

    private let lock = NSLock()
    private var position: Position
    private var total: UInt64 = 0
    private var before: UInt64 = 0
    private var current: UInt64 = 0
    private let start = ContinuousClock.now
    private var line = Progress()

    init(_ path: String) { position = Position(path: path) }

    var seconds: Double { start.duration(to: .now) / .seconds(1) }

    /// All that is to be verified.
    func expect(_ surveys: [TraceSurvey]) { lock.withLock { total = surveys.reduce(0) { $0 + $1.byteCount } } }

    func begin(_ survey: TraceSurvey) {
        before += current
        current = survey.byteCount
        lock.withLock { position.path = survey.path }
    }

    /// - Parameter counts: of what was compared before this record.
    func show(_ entry: TraceReader.Entry, _ counts: VerifiedCounts) {
        let done = before + entry.offset
        lock.withLock {
            (position.record, position.done, position.seconds) = (entry.number, done, entry.record.seconds)
            position.counts = counts
        }
        // Short ones are over before anybody asks how far they are.
        guard entry.number % 16 == 0, seconds >= 1 else { return }
        line.show { Self.line(done: done, of: total, seconds: seconds, record: entry.record.seconds) }
    }

    func clear() { line.clear() }

    static func line(done: UInt64, of total: UInt64, seconds: Double, record: Double) -> String {
        let share = total > 0 ? Double(done) / Double(total) : 1
        let left = share > 0 ? " | ETA \(Progress.clock(seconds / share - seconds))" : ""
        return "\(Int(share * 100)) % verified, at second \(Int(record)) of the run\(left)"
    }

    /// What is said at an interrupt; from any thread.
    var interrupted: String {
        let (position, total) = lock.withLock { (self.position, self.total) }
        guard total > 0, position.record > 0 else { return "Stopped: nothing of '\(position.path)' was compared yet." }
        return "Stopped at record \(position.record) of '\(position.path)', after \(Int(100 * position.done / total)) % of all: "
            + "equal up to there are \(position.counts.summary)."
    }
}
