import Foundation

/// Writes Chrome's trace event format, which ui.perfetto.dev opens: one JSON object with an array of events.
///
/// Times are nanoseconds in, microseconds out. Slices of one track never overlap unless one holds the other.
final class TraceEventFile {
    private let output: TraceOutput
    private var isFirst = true
    private var flows = 0
    private static let process = 1

    init(_ path: String) throws(TraceError) {
        output = try TraceOutput(path)
        try output.write("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n")
    }

    func finish() throws(TraceError) {
        try output.write("\n]}\n")
        try output.flush()
    }

    func nameProcess(_ name: String) throws(TraceError) { try metadata("process_name", 0, name) }

    /// - Parameter order: tracks are sorted by it.
    func nameTrack(_ track: Int, _ name: String, order: Int) throws(TraceError) {
        try metadata("thread_name", track, name)
        try add("\"ph\":\"M\",\"name\":\"thread_sort_index\",\"tid\":\(track),\"args\":{\"sort_index\":\(order)}")
    }

    func slice(_ name: String, _ category: String, _ track: Int, from: UInt64, to: UInt64) throws(TraceError) {
        try add(
            "\"ph\":\"X\",\"name\":\(Self.quoted(name)),\"cat\":\"\(category)\",\"tid\":\(track),\"ts\":\(Self.time(from)),"
                + "\"dur\":\(Self.time(max(from, to) &- from))")
    }

    /// A mark on a track.
    /// - Parameter words: shown when it is chosen.
    func instant(_ name: String, _ category: String, _ track: Int, at time: UInt64, _ words: String) throws(TraceError) {
        try add(
            "\"ph\":\"i\",\"s\":\"t\",\"name\":\(Self.quoted(name)),\"cat\":\"\(category)\",\"tid\":\(track),"
                + "\"ts\":\(Self.time(time)),\"args\":{\"says\":\(Self.quoted(words))}")
    }

    /// An arrow from inside a slice of one track into one of another.
    func arrow(_ name: String, from: (track: Int, time: UInt64), to: (track: Int, time: UInt64)) throws(TraceError) {
        flows += 1
        let common = "\"name\":\(Self.quoted(name)),\"cat\":\"message\",\"id\":\(flows)"
        try add("\"ph\":\"s\",\(common),\"tid\":\(from.track),\"ts\":\(Self.time(from.time))")
        try add("\"ph\":\"f\",\"bp\":\"e\",\(common),\"tid\":\(to.track),\"ts\":\(Self.time(max(from.time, to.time)))")
    }

    func counter(_ name: String, _ value: UInt64, at time: UInt64) throws(TraceError) {
        try add("\"ph\":\"C\",\"name\":\(Self.quoted(name)),\"tid\":0,\"ts\":\(Self.time(time)),\"args\":{\"bytes\":\(value)}")
    }

    private func metadata(_ kind: String, _ track: Int, _ name: String) throws(TraceError) {
        try add("\"ph\":\"M\",\"name\":\"\(kind)\",\"tid\":\(track),\"args\":{\"name\":\(Self.quoted(name))}")
    }

    private func add(_ fields: String) throws(TraceError) {
        try output.write((isFirst ? "" : ",\n") + "{\"pid\":\(Self.process),\(fields)}")
        isFirst = false
    }

    private static func time(_ nanoseconds: UInt64) -> String {
        let fraction = String(nanoseconds % 1000)
        return "\(nanoseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }

    private static func quoted(_ text: String) -> String {
        // A text always encodes.
        (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
