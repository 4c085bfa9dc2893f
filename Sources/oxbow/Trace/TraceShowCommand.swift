import ArgumentParser
import Foundation
import OxbowProtocol
import OxbowTrace

struct TraceShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Prints a trace's records, a line each.",
        discussion: """
            A filter that no record passes prints nothing, and says so. Exit code 4 if the file is no trace or was changed; what is
            before the change is printed.
            Example: oxbow trace show runs/mine/run.oxtrace --worker worker-1 --round 2 --exchange 3
            Example: oxbow trace show runs/mine --control --from 1.5 --to 2 --format json
            """)

    @OptionGroup var trace: TraceFileArgument

    @Option(help: "Only of this member: worker-3 or core-0, or as it calls itself.") var worker: String?

    @Option(help: "Only of this round.") var round: UInt32?

    @Option(help: "Only bulk messages of this exchange, 1 to 7.") var exchange: UInt8?

    @Flag(help: "Only control messages.") var control = false

    @Option(parsing: .unconditional, help: "Only from this second on.") var from: Double?

    @Option(parsing: .unconditional, help: "Only up to this second.") var to: Double?

    @Option(help: "text or json: a line each.") var format = OutputFormat.text

    func validate() throws {
        if let exchange, !(1...7).contains(exchange) {
            throw ValidationError("Unable to show exchange \(exchange): there are 1 to 7.")
        }
        for (name, value) in [("--from", from), ("--to", to)] {
            guard let value, !(value.isFinite && value >= 0) else { continue }
            throw ValidationError("Unable to use '\(name) \(value)': say a second of the run, 0 or more.")
        }
        if let from, let to, from > to {
            throw ValidationError(
                "Unable to show from second \(from) to second \(to): the second is before the first. Swap them.")
        }
    }

    func run() throws {
        let path = trace.chosen()
        let reader = try TraceReader(path)
        let filter = TraceFilter(
            members: try worker.map { try members(named: $0, in: path) }, round: round, exchange: exchange, controlOnly: control,
            from: from, to: to)
        let encoder = JSON.lineEncoder
        var start: UInt64?
        var shown = 0
        for entry in reader {
            let origin = start ?? entry.record.time_ns
            start = origin
            let line = TraceLine(entry, from: origin)
            guard filter.passes(entry.record, at: line.seconds) else { continue }
            shown += 1
            print(format == .json ? String(decoding: try encoder.encode(line), as: UTF8.self) : line.words)
        }
        try TraceFileArgument.tell(reader)
        if shown == 0 { TraceFileArgument.say("nothing in '\(path)' matches") }
    }

    private func members(named name: String, in path: String) throws -> Set<MemberID> {
        let names = TraceNames(try TraceReader(path))
        let members = names.members(named: name)
        guard members.isEmpty else { return members }
        let known = names.all.isEmpty ? "It has no members." : "It has " + names.all.joined(separator: ", ") + "."
        throw Failure(.usage, "Unable to show '\(name)': '\(path)' has nobody of that name. \(known)")
    }
}
