import ArgumentParser
import Foundation
import OxbowProtocol
import OxbowRuntime
import OxbowWire

struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Prints what happened in a run, from its beginning.",
        discussion: """
            As text, what comes with every step is left out; as JSON, every line of log.jsonl is printed as it is.
            Example: oxbow logs baseline --follow
            """)

    @Argument(help: "The run.") var name: String

    @Flag(help: "Go on until the run has ended.") var follow = false

    @OptionGroup var options: SteerOptions

    func run() throws {
        let name = try options.checked(name)
        try options.steer("read the log of", name) { client in
            var reader = LogReader(client, run: name, format: options.format)
            try reader.readToEnd()
            var seen: [FleetStatus.Run] = []
            while follow {
                // Asked before: what is written until the run's end is read after it.
                seen = try StatusWatch.status(client, run: name, after: seen).runs.filter { $0.id == name }
                try reader.readToEnd()
                if seen.allSatisfy(\.isOver) { break }
                Thread.sleep(forTimeInterval: 0.5)
            }
        }
    }
}

/// Prints a log's lines as they come, whole ones only.
struct LogReader {
    private let client: OperatorClient
    private let run: String
    private let format: OutputFormat
    private var offset: UInt64 = 0
    private var rest: [UInt8] = []
    private let decoder = BrokerLine.decoder
    private let teller = NoteTeller()

    init(_ client: OperatorClient, run: String, format: OutputFormat) {
        (self.client, self.run, self.format) = (client, run, format)
    }

    mutating func readToEnd() throws {
        while true {
            let most = UInt32(WireLimits.operatorPartBytes)
            let part = try client.ask(.logs(run: run, offset: offset, mostBytes: most)).content
            guard !part.isEmpty else { return }
            offset += UInt64(part.count)
            rest += part
            printLines()
        }
    }

    private mutating func printLines() {
        guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return }
        let whole = rest[...end]
        let text =
            format == .json ? String(decoding: whole, as: UTF8.self) : whole.split(separator: 10).compactMap(sentence).joined()
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        rest.removeSubrange(...end)
    }

    private func sentence(_ line: ArraySlice<UInt8>) -> String? {
        guard let entry = try? decoder.decode(BrokerLine.self, from: Data(line)),
            let sentence = entry.note.flatMap(teller.sentence)
        else { return nil }
        return "\(Date(timeIntervalSince1970: entry.time).formatted(.iso8601)) \(StatusTable.printable(sentence))\n"
    }
}
