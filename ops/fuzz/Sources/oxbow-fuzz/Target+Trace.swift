import Foundation
import OxbowProtocol
import OxbowTrace
import OxbowWire

extension FuzzTarget {
    /// A trace, as it is and as pieces: a length of 16 bits, then bytes that become a record where they can be one, behind a header
    /// of ours and with the checksums that a mutation would not find.
    static let trace = FuzzTarget(
        name: "trace",
        run: { bytes in
            withFile(bytes) { readAll($0, bytes.count) }
            let records = pieces(bytes)
            withFile([]) { path in
                guard let written = write(records, to: path) else { return }
                require(recordsRead(path) == written, "the records do not come back")
                readAll(path, bytes.count)
            }
        },
        seeds: TraceSeeds.traces, words: TraceSeeds.words)

    /// A histogram takes some 100 KB, and there are 1024 at the most; a record becomes JSON, and JSON values.
    private static func memory(_ byteCount: Int) -> Int { (192 << 20) + 1024 * byteCount }

    /// Everything that reads traces.
    private static func readAll(_ path: String, _ byteCount: Int) {
        withinMemory(memory(byteCount)) {
            guard let reader = try? TraceReader(path) else { return }
            check(TraceStatistics(reader))
            if let reader = try? TraceReader(path), let run = try? RecordedRun(reader) {
                _ = try? FleetCalibration(run, declared: .init(devices: [:]))
            }
            _ = try? PerfettoExport.write(path, to: "/dev/null")
            if let reader = try? TraceReader(path) { _ = try? TraceCSV.write(reader, to: "/dev/null") }
            if let reader = try? TraceReader(path) { _ = TraceNames(reader).all }
            if let reader = try? TraceReader(path) { show(reader) }
        }
    }

    private static func check(_ statistics: TraceStatistics) {
        let parts = statistics.parts.sum
        require(
            abs(parts - statistics.seconds) <= 1e-6 * max(1, statistics.seconds),
            "parts of \(parts) s, a wall clock of \(statistics.seconds) s: \(statistics.parts)")
        require((try? JSONEncoder().encode(statistics)) != nil, "numbers that JSON cannot say: \(statistics)")
    }

    private static func show(_ reader: TraceReader) {
        let filter = TraceFilter(members: [.edge(0)], round: 1, exchange: nil, controlOnly: false, from: 0, to: nil)
        for entry in reader {
            let line = TraceLine(entry, from: 0)
            require(line.words.unicodeScalars.allSatisfy { $0.value >= 32 }, "a line that steers a terminal: \(line.words)")
            _ = filter.passes(entry.record, at: line.seconds)
            if entry.body != nil { _ = try? reader.body(of: entry) }
        }
    }

    // MARK: Pieces

    private static func pieces(_ bytes: UnsafeRawBufferPointer) -> [TraceRecord] {
        var rest = bytes[...]
        var records: [TraceRecord] = []
        while rest.count >= 2 {
            let length = Int(rest[rest.startIndex]) | Int(rest[rest.startIndex + 1]) << 8
            rest = rest.dropFirst(2)
            if let record = try? TraceCodec.decode(UnsafeRawBufferPointer(rebasing: rest.prefix(length))) {
                records.append(record)
            }
            rest = rest.dropFirst(length)
        }
        return records
    }

    /// - Returns: what is in the file, up to the end record; nil if it is nothing but the header.
    private static func write(_ records: [TraceRecord], to path: String) -> [TraceRecord]? {
        guard let writer = try? TraceWriter(path) else { fatalError("no trace in memory") }
        var written: [TraceRecord] = []
        for record in [TraceSeeds.header] + records {
            if !written.isEmpty, case .header = record.content { continue }
            guard (try? writer.write(record)) != nil else {
                require(false, "\(record) was decoded and cannot be written"); return nil
            }
            written.append(record)
            if case .end = record.content { break }
        }
        guard (try? writer.flush()) != nil else { fatalError("the file in memory is full") }
        return written.count > 1 ? written : nil
    }

    private static func recordsRead(_ path: String) -> [TraceRecord]? { (try? TraceReader(path)).map { $0.map(\.record) } }
}
