import OxbowProtocol
import OxbowRuntime

/// What a load test found.
struct DriveReport: Encodable {
    var run: String
    var outcome: String
    var clients: Int
    /// Whether the core was played too.
    var nullCore: Bool
    var joiningSeconds: Double
    /// From the submission to the run's end.
    var seconds: Double
    var stepSeconds: Double?
    /// Between members and broker, both ways, while the run went on.
    var messages: Int
    var bytes: Int
    var messagesPerSecond: Double
    var bytesPerSecond: Double
    /// From a worker's message to the core's answer.
    var latencies: [DriveStatistics.Latency]
    /// Members that were refused or failed, by the sentence.
    var refusals: [String: Int]
    /// Sessions that began anew.
    var rejoins: Int
    var silences: Int
    /// Messages that a member had no use for, or could not read.
    var dropped: Int

    private let status: FleetStatus.Run?

    enum CodingKeys: String, CodingKey {
        case run, outcome, clients, nullCore, joiningSeconds, seconds, stepSeconds, messages, bytes, messagesPerSecond
        case bytesPerSecond, latencies, refusals, rejoins, silences, dropped
    }

    init(
        run: String, load: DriveLoad, joining: Double, seconds: Double, status: FleetStatus.Run?,
        before: DriveStatistics.Counts, after: DriveStatistics.Counts, latencies: [DriveStatistics.Latency]
    ) {
        (self.run, clients, nullCore, self.status) = (run, load.clients, load.hasNullCore, status)
        (joiningSeconds, self.seconds, stepSeconds) = (joining, seconds, status?.stepSeconds)
        outcome = status.map { StatusText.ending($0.state, $0.outcome) } ?? "unknown"
        messages = after.sent + after.received - before.sent - before.received
        bytes = after.sentBytes + after.receivedBytes - before.sentBytes - before.receivedBytes
        (messagesPerSecond, bytesPerSecond) = (Double(messages) / seconds, Double(bytes) / seconds)
        self.latencies = latencies
        refusals = after.refusals
        rejoins = after.welcomes - before.welcomes
        silences = after.silences
        dropped = after.dropped + after.unreadable
    }

    /// The run's end, where it was not a good one.
    var failure: Failure? { status.flatMap(Failure.init(ended:)) }

    // MARK: For people

    var lines: [String] {
        [
            "run \(run): \(outcome)",
            "\(clients) virtual workers, \(nullCore ? "a core that is played" : "a real core"); all had joined after "
                + "\(BenchTable.short(joiningSeconds)) s",
            "\(BenchTable.short(seconds)) s" + (stepSeconds.map { ", \(BenchTable.short($0)) s a step (median)" } ?? ""),
            "\(messages) messages, \(BenchTable.short(messagesPerSecond)) a second; \(BenchTable.short(Double(bytes) / 1e6)) MB, "
                + "\(BenchTable.short(bytesPerSecond / 1e6)) MB a second",
            "refused: \(refusals.values.reduce(0, +)), joined again: \(rejoins), broker silent: \(silences), of no use: \(dropped)",
        ] + refusals.sorted { $0.key < $1.key }.map { "  \($0.value) x \($0.key)" } + ["", latencyTable]
    }

    private var latencyTable: String {
        func milliseconds(_ seconds: Double) -> String { BenchTable.short(seconds * 1e3) }
        let heading = ["exchange", "answers", "p50 ms", "p90 ms", "p99 ms", "max ms"]
        let rows = latencies.map {
            [
                "\($0.exchange)", "\($0.count)", milliseconds($0.p50), milliseconds($0.p90), milliseconds($0.p99),
                milliseconds($0.max),
            ]
        }
        return TextTable([heading] + rows, left: []).text
    }
}
