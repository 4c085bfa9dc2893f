import OxbowProtocol
import OxbowRuntime

/// How far a load test has come.
struct DriveCourse {
    var began = ContinuousClock.now
    /// Seconds.
    var joining: Double?
    var run: String?
    /// The run as it was last seen.
    var status: FleetStatus.Run?
    /// What was counted before the run.
    var before = DriveStatistics.Counts()
}

/// What a load test found.
struct DriveReport: Encodable {
    /// nil: none was submitted, since not all had joined.
    var run: String?
    /// `unknown` where the test ended before it.
    var outcome: String
    var clients: Int
    /// Whether the core was played too.
    var nullCore: Bool
    /// nil: not all did.
    var joiningSeconds: Double?
    /// From the submission to the run's end, or to that of the test; while members still join, from its start.
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
    /// Why the test ended before the run.
    private let error: (any Error)?

    enum CodingKeys: String, CodingKey {
        case run, outcome, clients, nullCore, joiningSeconds, seconds, stepSeconds, messages, bytes, messagesPerSecond
        case bytesPerSecond, latencies, refusals, rejoins, silences, dropped
    }

    /// - Parameter error: why the test ended before the run.
    init(_ course: DriveCourse, _ load: DriveLoad, _ statistics: DriveStatistics, error: (any Error)?) {
        let (before, after, status) = (course.before, statistics.counts, course.status)
        (run, clients, nullCore, self.status, self.error) = (course.run, load.clients, load.hasNullCore, status, error)
        (joiningSeconds, stepSeconds) = (course.joining, status?.stepSeconds)
        seconds = max(1e-9, (ContinuousClock.now - course.began) / .seconds(1))
        outcome = status.flatMap { error == nil ? StatusText.ending($0.state, $0.outcome) : nil } ?? "unknown"
        messages = after.sent + after.received - before.sent - before.received
        bytes = after.sentBytes + after.receivedBytes - before.sentBytes - before.receivedBytes
        (messagesPerSecond, bytesPerSecond) = (Double(messages) / seconds, Double(bytes) / seconds)
        latencies = statistics.latencies
        refusals = after.refusals
        rejoins = run == nil ? 0 : after.welcomes - before.welcomes
        silences = after.silences
        dropped = after.dropped + after.unreadable
    }

    /// Why the test ended before the run, or the run's end, where it was not a good one.
    var failure: (any Error)? { error ?? status.flatMap(Failure.init(ended:)) }

    // MARK: For people

    var lines: [String] {
        [
            run.map { "run \($0): \(outcome)" } ?? "no run was submitted",
            "\(clients) virtual workers, \(nullCore ? "a core that is played" : "a real core"); "
                + (joiningSeconds.map { "all had joined after \(BenchTable.short($0)) s" } ?? "not all have joined"),
            (error == nil ? "" : "up to here: ") + "\(BenchTable.short(seconds)) s"
                + (stepSeconds.map { ", \(BenchTable.short($0)) s a step (median)" } ?? ""),
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
                "\($0.exchange)", "\($0.count)", milliseconds($0.p50Seconds), milliseconds($0.p90Seconds),
                milliseconds($0.p99Seconds), milliseconds($0.maxSeconds),
            ]
        }
        return TextTable([heading] + rows, left: []).text
    }
}
