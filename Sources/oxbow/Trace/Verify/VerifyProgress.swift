import Foundation
import OxbowReplay
import OxbowTrace

/// How far a verification is, on standard error: by bytes of the traces. Used by one thread.
final class VerifyProgress {
    private let total: UInt64
    private var before: UInt64 = 0
    private var current: UInt64 = 0
    private let start = ContinuousClock.now
    private var lastShown = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) == 1

    init(_ surveys: [TraceSurvey]) { total = surveys.reduce(0) { $0 + $1.byteCount } }

    var seconds: Double { start.duration(to: .now) / .seconds(1) }

    func begin(_ survey: TraceSurvey) {
        before += current
        current = survey.byteCount
    }

    /// On a terminal often, else a line every ten seconds.
    func show(_ entry: TraceReader.Entry) {
        guard entry.number % 16 == 0, lastShown.duration(to: .now) >= .milliseconds(isTerminal ? 200 : 10_000) else { return }
        lastShown = .now
        let line = Self.line(done: before + entry.offset, of: total, seconds: seconds, record: entry.record.seconds)
        write(isTerminal ? "\r\u{1B}[K" + line.prefix(79) : line + "\n")
    }

    func clear() { if isTerminal { write("\r\u{1B}[K") } }

    static func line(done: UInt64, of total: UInt64, seconds: Double, record: Double) -> String {
        let share = total > 0 ? Double(done) / Double(total) : 1
        let left = share > 0 ? " | ETA \(Progress.clock(seconds / share - seconds))" : ""
        return "\(Int(share * 100)) % verified, at second \(Int(record)) of the run\(left)"
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
