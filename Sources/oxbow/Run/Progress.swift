import Foundation
import OxbowProtocol

/// The line that tells how far a run is: rewritten in place on a terminal, now and then a new one elsewhere.
struct Progress {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let start = Date()
    private var lastPrinted: Date
    private var lastLength = 0

    /// - Parameter waits: the first line comes no sooner than another would: short work is over before anybody asks.
    init(waits: Bool = false) { lastPrinted = waits ? start : .distantPast }

    /// A sentence of its own, above the line.
    mutating func say(_ sentence: String) {
        clear()
        write(sentence + "\n")
    }

    mutating func show(_ record: RunRecord) {
        let elapsed = Date().timeIntervalSince(start)
        show { Self.line(record, elapsed: elapsed) }
    }

    /// Asked for the line when it is time for one.
    mutating func show(_ line: () -> String) {
        guard Date().timeIntervalSince(lastPrinted) >= (isTerminal ? 0.2 : 10) else { return }
        lastPrinted = Date()
        let line = line()
        if isTerminal {
            clear()
            // A line that wraps could not be taken back.
            let visible = String(line.prefix(Self.columns - 1))
            write(visible)
            lastLength = visible.count
        } else {
            write(line + "\n")
        }
    }

    mutating func clear() {
        guard isTerminal, lastLength > 0 else { return }
        write("\r" + String(repeating: " ", count: lastLength) + "\r")
        lastLength = 0
    }

    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
        return Int(size.ws_col)
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    static func line(_ record: RunRecord, elapsed: Double) -> String {
        guard let plan = record.plan else {
            return record.missing.isEmpty ? "starting" : "waiting for \(record.missing.joined(separator: ", "))"
        }
        let (round, step) = record.lastStep
        var parts = ["round \(round)/\(plan.rounds) step \(step + 1)/\(plan.stepsPerRound)"]
        let edges = record.losses.filter { $0.key.role == .edge }.values
        if !edges.isEmpty {
            let count = Double(edges.count)
            parts.append(
                String(
                    format: "loss D %.3f + %.3f G %.3f", edges.reduce(0) { $0 + $1.lossReal } / count,
                    edges.reduce(0) { $0 + $1.lossFake } / count, edges.reduce(0) { $0 + $1.lossGenerator } / count))
        }
        if let eta = eta(record, plan) { parts.append("ETA \(clock(eta))") }
        parts.append("elapsed \(clock(elapsed))")
        if let stall = record.stall {
            let waited = Date().timeIntervalSince1970 - stall.since
            parts.append("waits for \(stall.told.what) from \(short(stall.told.from)), \(clock(max(0, waited)))")
        } else if !record.missing.isEmpty {
            parts.append("waits for \(record.missing.joined(separator: ", ")) to come back")
        } else if !record.awaiting.isEmpty {
            parts.append("waits for \(short(record.awaiting))")
        }
        return parts.joined(separator: " | ")
    }

    /// From the median of the last steps, and of the time that committed rounds took beyond their steps.
    private static func eta(_ record: RunRecord, _ plan: Plan) -> Double? {
        let recent = record.stepSeconds.suffix(50).sorted()
        guard !recent.isEmpty else { return nil }
        let (round, step) = record.lastStep
        let steps =
            Double(plan.rounds - min(round, plan.rounds)) * Double(plan.stepsPerRound)
            + Double(plan.stepsPerRound - min(step, plan.stepsPerRound))
        return steps * recent[recent.count / 2]
    }

    private static func short(_ names: [String]) -> String {
        names.count <= 3
            ? names.joined(separator: ", ") : names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) more"
    }

    static func clock(_ seconds: Double) -> String { Words.clock(seconds) }
}
