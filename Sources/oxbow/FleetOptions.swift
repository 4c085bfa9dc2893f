import ArgumentParser
import Foundation
import Logging
import OxbowExperiment
import OxbowReport
import OxbowRuntime

/// What broker and worker have in common.
struct FleetOptions: ParsableArguments {
    @OptionGroup var security: SecurityOptions

    @Option(help: ArgumentHelp("text or json.", valueName: "format")) var logFormat = OutputFormat.text

    @Option(help: "How much to log: trace, debug, info, warning or error.") var logLevel = "info"

    @Flag(help: .hidden) var supervised = false

    /// A file that gets what this process used, at its end.
    @Option(help: .hidden) var usage: String?

    func writeUsage() {
        guard let usage, let data = try? JSONEncoder().encode(ProcessUsage.own) else { return }
        // The supervisor knows it roughly without the file.
        try? data.write(to: URL(fileURLWithPath: usage), options: .atomic)
    }

    /// - Parameter worker: whose lines they are.
    func logger(_ label: String, worker: String? = nil) throws -> Logger {
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw Failure(.usage, "Unable to log at '\(logLevel)': choose trace, debug, info, warning or error.")
        }
        let format = logFormat
        var logger = Logger(label: label) { LineLog(label: $0, format: format) }
        logger.logLevel = level
        // In text the label says it already.
        if let worker, format == .json { logger[metadataKey: "worker"] = "\(worker)" }
        return logger
    }

    /// What asks this process to stop: its supervisor's end if it has one, which alone answers signals; else signals.
    func stopRequest() throws -> StopRequest {
        let stop = try StopRequest()
        if supervised {
            [SIGINT, SIGTERM].forEach { signal($0, SIG_IGN) }
            stop.watchSupervisor()
        } else {
            stop.watchSignals()
        }
        return stop
    }
}

/// One line an event on standard error, as text or JSON.
struct LineLog: LogHandler {
    let label: String
    let format: OutputFormat
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(label: String, format: OutputFormat) {
        self.label = label
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let line = format == .json ? json(event.level, event.message, all) : text(event.level, event.message, all)
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    private func text(_ level: Logger.Level, _ message: Logger.Message, _ all: Logger.Metadata) -> String {
        let extra = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        return "\(Date.now.formatted(.iso8601)) \(level) \(label): \(message)\(extra)"
    }

    private func json(_ level: Logger.Level, _ message: Logger.Message, _ all: Logger.Metadata) -> String {
        var fields = all.mapValues { "\($0)" }
        fields["time"] = Date.now.formatted(.iso8601)
        fields["level"] = level.rawValue
        fields["label"] = label
        fields["message"] = "\(message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A dictionary of strings always encodes.
        return (try? encoder.encode(fields)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
