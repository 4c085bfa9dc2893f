import ArgumentParser
import Foundation
import OxbowTrace

struct TraceShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Prints a trace's records, a line each.",
        discussion: """
            Exit code 4 if the file is no trace or was changed; what is before the change is printed.
            Example: oxbow trace show runs/mine/run.oxtrace --worker worker-1 --round 2 --exchange 3
            Example: oxbow trace show runs/mine --control --from 1.5 --to 2 --format json
            """)

    @OptionGroup var trace: TraceFileArgument

    @Option(help: "Only of this member: worker-3, or core-0.") var worker: String?

    @Option(help: "Only of this round.") var round: UInt32?

    @Option(help: "Only bulk messages of this exchange, 1 to 7.") var exchange: UInt8?

    @Flag(help: "Only control messages.") var control = false

    @Option(help: "Only from this second on.") var from: Double?

    @Option(help: "Only up to this second.") var to: Double?

    @Option(help: "text or json: a line each.") var format = OutputFormat.text

    func validate() throws {
        if let exchange, !(1...7).contains(exchange) {
            throw ValidationError("Unable to show exchange \(exchange): there are 1 to 7.")
        }
    }

    func run() throws {
        let reader = try TraceReader(trace.path)
        let filter = TraceFilter(
            member: worker, round: round, exchange: exchange, controlOnly: control, from: from, to: to)
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var start: UInt64?
        for entry in reader {
            let origin = start ?? entry.record.time_ns
            start = origin
            let line = TraceLine(entry, from: origin)
            guard filter.passes(entry.record, at: line.seconds) else { continue }
            print(format == .json ? String(decoding: try encoder.encode(line), as: UTF8.self) : line.words)
        }
        try TraceFileArgument.tell(reader)
    }
}
