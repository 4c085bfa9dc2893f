import Foundation
import OxbowReplay
import OxbowTrace

/// What a verification found, for people and programs.
struct VerifyReport: Encodable {
    struct Trace: Encodable {
        var path: String
        var records: Int
        /// nil if its end record is there.
        var stopsEarly: String?
    }

    var run: String
    var release: String
    var kernels: String
    var traces: [Trace]
    var isEqual: Bool
    var counts: VerifiedCounts
    /// nil before a barrier.
    var stateHash: String?
    var seconds: Double
    var difference: TraceDifference?

    init(_ surveys: [TraceSurvey], _ verifier: TraceVerifier, _ difference: TraceDifference?, seconds: Double) {
        let header = surveys[0].header
        (run, release, kernels) = (header.run, header.release, header.kernels)
        traces = surveys.map { Trace(path: $0.path, records: $0.records, stopsEarly: $0.ending.sentence) }
        counts = verifier.counts
        stateHash = verifier.stateHash.isEmpty ? nil : verifier.stateHash
        (self.seconds, self.difference, isEqual) = (seconds, difference, difference == nil)
    }

    var lines: [String] {
        var lines = traces.compactMap { trace in trace.stopsEarly.map { "\(trace.path): \($0)" } }
        let verdict = isEqual ? "equal to the end" : "equal up to record \(difference?.record ?? 0) of \(difference?.path ?? "")"
        lines.append("\(verdict): \(counts.summary), in " + String(format: "%.1f s", seconds))
        if counts.void > 0 {
            lines.append("\(counts.void) more messages had no effect in the run: of ended sessions or older terms")
        }
        if let stateHash { lines.append("state hash \(stateHash)") }
        return lines
    }
}

extension VerifiedCounts {
    /// For people.
    var summary: String {
        "\(bodies) bodies (\(ByteCount.text(Int(bytes)))), \(words) digests and losses, \(barriers) barriers"
    }
}

extension TraceDifference {
    /// For people.
    var sentence: String {
        let place = [
            round.map { "round \($0)" }, step.map { "step \($0)" },
        ].compactMap { $0 }.joined(separator: ", ")
        let whose = [what, member.map { "of \($0)" }].compactMap { $0 }.joined(separator: " ")
        return "Unable to confirm '\(path)': record \(record), \(type) at " + String(format: "%.6f s", seconds)
            + ", is the first that differs: \(whose)\(place.isEmpty ? "" : " (\(place))"); recorded \(recorded), computed "
            + "\(computed ?? "nothing of the kind"). Compare the builds and machines; if they are the same, the trace was altered."
    }
}
