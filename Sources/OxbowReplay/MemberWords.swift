import OxbowProtocol
import OxbowWire

/// What a member's machine told the broker here: what the recorded words are compared with.
///
/// A recorded word is late by a few orders at most, so the last ones are kept.
struct MemberWords {
    private var ready: [Ready] = []
    private var saved: [Saved] = []
    private var losses: [Losses] = []
    private var reports: [[UInt8]] = []
    private static let kept = 32

    private struct Ready: Hashable {
        var barrier: UInt32
        var digest: [UInt8]
    }

    private struct Saved: Hashable {
        var round: UInt32
        var digest: [UInt8]
    }

    private struct Losses: Hashable {
        var round: UInt32
        var step: UInt32
        /// Bits, so that numbers that are none can be compared.
        var bits: [UInt64]

        init(_ metrics: StepMetrics) {
            (round, step) = (metrics.round, metrics.step)
            bits = [metrics.lossReal, metrics.lossFake, metrics.lossGenerator].map(\.bitPattern)
        }

        var words: String { "losses " + bits.map { "\(Double(bitPattern: $0))" }.joined(separator: ", ") }
    }

    mutating func add(_ message: ControlMessage) {
        switch message {
        case .ready(let barrier, let digest): Self.add(Ready(barrier: barrier, digest: digest), to: &ready)
        case .barrierSaved(_, let round, let digest, _): Self.add(Saved(round: round, digest: digest), to: &saved)
        case .metrics(let metrics): Self.add(Losses(metrics), to: &losses)
        case .aggregation: if let bytes = try? ControlCodec.encode(message) { Self.add(bytes, to: &reports) }
        default: break
        }
    }

    private static func add<Word>(_ word: Word, to words: inout [Word]) {
        words.append(word)
        if words.count > kept { words.removeFirst() }
    }

    /// - Returns: nil if the word was said here too, or is not compared.
    func mismatch(_ message: ControlMessage) -> WordMismatch? {
        switch message {
        case .ready(let barrier, let digest):
            // A process that died before it saved a repeated barrier has the state of the first time; the broker finds that out.
            if ready.contains(Ready(barrier: barrier, digest: digest)) || hasSaved(barrier, digest) { return nil }
            return WordMismatch(
                round: barrier, recorded: "state \(digest.hexadecimal)",
                computed: ready.last { $0.barrier == barrier }.map { "state \($0.digest.hexadecimal)" })
        case .barrierSaved(_, let round, let digest, _):
            if hasSaved(round, digest) { return nil }
            return WordMismatch(
                round: round, recorded: "state \(digest.hexadecimal)",
                computed: saved.last { $0.round == round }.map { "state \($0.digest.hexadecimal)" })
        case .metrics(let metrics):
            let recorded = Losses(metrics)
            if losses.contains(recorded) { return nil }
            let here = losses.last { ($0.round, $0.step) == (recorded.round, recorded.step) }
            return WordMismatch(
                round: metrics.round, step: metrics.step, recorded: recorded.words, computed: here?.words)
        case .aggregation(let report):
            guard let bytes = try? ControlCodec.encode(message), !reports.contains(bytes) else { return nil }
            return WordMismatch(
                round: report.round, recorded: "other clusters, divergences or weights",
                computed: reports.isEmpty ? nil : "what the core found here")
        default: return nil
        }
    }

    /// Whether a state with this digest was saved here.
    func hasSaved(_ round: UInt32, _ digest: [UInt8]) -> Bool { saved.contains(Saved(round: round, digest: digest)) }

    /// What only a session's own words are compared with.
    mutating func beginSession() { (ready, losses, reports) = ([], [], []) }
}

/// A word that was not said here.
struct WordMismatch {
    var round: UInt32
    var step: UInt32?
    var recorded: String
    var computed: String?
}
