import Foundation
import OxbowFetch

/// What a fetch tells people, on standard error: a line for each event, and on a terminal how far a file is.
final class FetchProgress {
    private let isQuiet: Bool
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var start = (instant: ContinuousClock.now, bytes: 0)
    private var lastShown: ContinuousClock.Instant?

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    func show(_ event: FetchEvent) {
        if isQuiet { return }
        switch event {
        case .intact(let file): say("\(file.local): there and intact")
        case .began(let file, let held):
            start = (.now, held)
            lastShown = nil
            say("\(file.local): fetching \(held > 0 ? "from \(ByteCount.text(held)) on, of " : "")\(ByteCount.text(file.bytes))")
        case .received(let file, let held): advance(file, held)
        case .restarted(let file): say("\(file.local): the server does not go on from there; from the start again")
        case .pausing(let file, let reason, let pause, let attempt, let attempts):
            say("\(file.local): \(reason); attempt \(attempt) of \(attempts) in \(pause.components.seconds) s")
        case .verified(let file): say("\(file.local): whole and verified")
        }
    }

    private func say(_ sentence: String) { write((isTerminal ? "\r\u{1B}[K" : "") + sentence + "\n") }

    private func advance(_ file: DataSet.File, _ held: Int) {
        guard isTerminal, lastShown.map({ $0.duration(to: .now) >= .milliseconds(200) }) ?? true else { return }
        lastShown = .now
        // A server that begins anew takes back what there was.
        if held < start.bytes { start = (.now, 0) }
        let line = Self.line(file, held: held, since: start.bytes, elapsed: start.instant.duration(to: .now) / .seconds(1))
        // Short enough not to wrap: a line that wraps could not be taken back.
        write("\r\u{1B}[K" + line.prefix(79))
    }

    static func line(_ file: DataSet.File, held: Int, since: Int, elapsed: Double) -> String {
        let percent = file.bytes > 0 ? held * 100 / file.bytes : 100
        var parts = ["\(file.local) \(percent) %"]
        let rate = elapsed > 0 ? Double(held - since) / elapsed : 0
        if rate >= 1 {
            parts.append("\(ByteCount.text(Int(rate)))/s")
            parts.append("ETA \(Progress.clock(Double(file.bytes - held) / rate))")
        }
        return parts.joined(separator: " | ")
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
