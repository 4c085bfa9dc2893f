import Foundation
import OxbowKernels

/// What a benchmark found: on which machine, with which settings, and its numbers.
struct BenchResult: Encodable {
    /// The subcommand: "route".
    var bench: String
    var machine = BenchMachine()
    /// What was asked for, by option name.
    var settings: [String: String] = [:]
    var rows: [BenchRow] = []
    /// Sentences that a reader of the numbers needs.
    var notes: [String] = []

    /// For people: the machine, a table for each group of rows, the notes.
    var text: String {
        var groups: [String] = []
        for row in rows where !groups.contains(row.group) { groups.append(row.group) }
        let tables = groups.map { group in
            "\(group)\n" + BenchTable(rows.filter { $0.group == group }).text
        }
        return ([machine.text] + tables + notes).joined(separator: "\n\n")
    }
}

/// Named numbers of one thing that was measured.
struct BenchRow: Encodable {
    /// Rows of a group have the same columns and stand in one table.
    var group: String
    /// Unique in its group.
    var name: String
    var values: [BenchValue]

    init(_ group: String, _ name: String, _ values: [BenchValue]) {
        (self.group, self.name, self.values) = (group, name, values)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(group, forKey: Key("group"))
        try container.encode(name, forKey: Key("name"))
        for value in values { try container.encode(value.number, forKey: Key(value.key)) }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }
}

/// One number of a row.
struct BenchValue {
    /// Its field in JSON, in snake case and with the unit: "latency_p50_microseconds".
    var key: String
    /// Its column in the table: "p50 us".
    var heading: String
    var number: Double
    /// The table shows the number in this unit.
    var unit: Double

    init(_ key: String, _ heading: String, _ number: Double, per unit: Double = 1) {
        (self.key, self.heading, self.number, self.unit) = (key, heading, number, unit)
    }
}

/// The machine and the libraries that the numbers hold for.
struct BenchMachine: Encodable {
    let version = Release.version
    let date = Date.now.formatted(.iso8601)
    let processor = BenchMachine.processorName
    let cores = MachineFacts().cores
    let memoryBytes = MachineFacts().memoryBytes
    /// Of our own kernels.
    let instructionSet = Kernels.instructionSet.rawValue
    let dnnl = Kernels.dnnlVersion
    let dnnlInstructionSet = Kernels.dnnlInstructionSet
    let zeromq = MachineFacts().zeroMQ

    var text: String {
        "oxbow \(version), \(date)\n"
            + "\(processor), \(cores) cores, \(memoryBytes >> 20) MiB; own kernels \(instructionSet); "
            + "oneDNN \(dnnl) \(dnnlInstructionSet); ZeroMQ \(zeromq)"
    }

    private static var processorName: String {
        let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
        let name = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
        return name.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
    }
}
