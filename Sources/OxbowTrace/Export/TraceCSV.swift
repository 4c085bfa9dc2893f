import OxbowWire

/// A trace's messages as CSV, a line each.
public enum TraceCSV {
    static let columns = "seconds,direction,connection,member,kind,term,round,step,exchange,way,slot,bytes,hash"

    /// Writes the file.
    /// - Returns: how the trace stops.
    /// - Throws: `TraceError` if the file cannot be written, or the trace was changed.
    @discardableResult
    public static func write(_ reader: TraceReader, to path: String) throws(TraceError) -> TraceEnding {
        let output = try TraceOutput(path)
        try output.write(columns + "\n")
        var start: UInt64?
        for entry in reader {
            let origin = start ?? entry.record.time_ns
            start = origin
            guard let message = entry.record.message else { continue }
            try output.write(line(TraceLine(entry, from: origin), message) + "\n")
        }
        try output.flush()
        try reader.checkIntegrity()
        return reader.ending ?? .unfinished
    }

    private static func line(_ line: TraceLine, _ message: TraceMessage) -> String {
        func text(_ value: (some CustomStringConvertible)?) -> String { value?.description ?? "" }
        return [
            TraceLine.fixed(line.seconds), line.type, "\(message.connection)", text(line.member), text(line.kind),
            text(line.term), text(line.round), text(line.step), text(line.exchange), text(line.way), text(line.slot),
            text(line.bytes), text(line.hash),
        ].joined(separator: ",")
    }
}
