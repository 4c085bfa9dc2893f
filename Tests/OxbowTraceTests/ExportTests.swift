import Foundation
import OxbowProtocol
import OxbowWire
import Testing

@testable import OxbowTrace

/// Chrome's trace events, as ui.perfetto.dev takes them.
struct TraceEvents: Decodable {
    struct Event: Decodable {
        struct Arguments: Decodable {
            var name: String?
            var bytes: Double?
        }
        var ph: String
        var pid: Int
        var tid: Int
        var name: String?
        var cat: String?
        var ts: Double?
        var dur: Double?
        var id: Int?
        var bp: String?
        var s: String?
        var args: Arguments?
    }
    var displayTimeUnit: String
    var traceEvents: [Event]

    init(_ path: String) throws {
        self = try JSONDecoder().decode(TraceEvents.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// What breaks the format's rules; empty if nothing does.
    var faults: [String] {
        var faults: [String] = []
        let named = Set(traceEvents.filter { $0.ph == "M" && $0.name == "thread_name" }.map(\.tid))
        for event in traceEvents {
            switch event.ph {
            case "M": if event.args?.name == nil, event.name != "thread_sort_index" { faults.append("metadata without a name") }
            case "X":
                if !(event.ts ?? -1 >= 0) || !(event.dur ?? -1 > 0) || event.name == nil { faults.append("a slice without time") }
                if !named.contains(event.tid) { faults.append("track \(event.tid) has no name") }
            case "s", "f":
                if !(event.ts ?? -1 >= 0) || event.id == nil || event.cat == nil { faults.append("an arrow without place") }
                if event.ph == "f", event.bp != "e" { faults.append("an arrow that ends at the next slice") }
            case "i":
                if !(event.ts ?? -1 >= 0) || event.s != "t" || event.name == nil { faults.append("a mark without place") }
                if !named.contains(event.tid) { faults.append("track \(event.tid) has no name") }
            case "C": if event.args?.bytes == nil || event.ts == nil { faults.append("a counter without value") }
            default: faults.append("phase \(event.ph)")
            }
        }
        return faults + nesting + arrows
    }

    /// Slices of a track lie beside or inside each other.
    private var nesting: [String] {
        var faults: [String] = []
        for (track, slices) in Dictionary(grouping: traceEvents.filter { $0.ph == "X" }, by: \.tid) {
            var open: [Double] = []
            for slice in slices.sorted(by: { ($0.ts ?? 0, -($0.dur ?? 0)) < ($1.ts ?? 0, -($1.dur ?? 0)) }) {
                let (from, to) = (slice.ts ?? 0, (slice.ts ?? 0) + (slice.dur ?? 0))
                while let end = open.last, end <= from + 0.0005 { open.removeLast() }
                if let end = open.last, to > end + 0.0015 { faults.append("slices of track \(track) overlap at \(from)") }
                open.append(to)
            }
        }
        return faults
    }

    /// Arrows' ends that lie in no slice of their track; viewers leave such arrows out.
    var loose: [String] {
        traceEvents.filter { ($0.ph == "s" || $0.ph == "f") && !isInside($0) }.map { "arrow \($0.id ?? -1) on track \($0.tid)" }
    }

    private func isInside(_ end: Event) -> Bool {
        traceEvents.contains { slice in
            guard slice.ph == "X", slice.tid == end.tid, let from = slice.ts, let time = end.ts else { return false }
            return from <= time && time <= from + (slice.dur ?? 0)
        }
    }

    /// Each begins once and ends once, not before it began.
    private var arrows: [String] {
        var faults: [String] = []
        let ends = Dictionary(grouping: traceEvents.filter { $0.ph == "s" || $0.ph == "f" }, by: { $0.id ?? -1 })
        for (id, pair) in ends {
            guard pair.count == 2, let from = pair.first(where: { $0.ph == "s" }), let to = pair.first(where: { $0.ph == "f" })
            else {
                faults.append("arrow \(id) has \(pair.count) ends")
                continue
            }
            if (from.ts ?? 0) > (to.ts ?? 0) || from.tid == to.tid { faults.append("arrow \(id) goes back") }
        }
        return faults
    }
}

@Suite struct ExportTests {
    private let file = TraceFileSample()
    private let out = TraceFileSample()

    private func write(_ records: [TraceRecord]) throws { try file.write(records.map { ($0, nil) }) }

    @Test func theTimelineKeepsTheFormatsRules() throws {
        try write(SyntheticRun().records)
        #expect(try PerfettoExport.write(file.path, to: out.path) == .complete)
        let events = try TraceEvents(out.path)
        #expect(events.faults == [] && events.loose == [] && events.displayTimeUnit == "ms")
        let tracks = events.traceEvents.filter { $0.name == "thread_name" }.compactMap { $0.args?.name }
        #expect(Set(tracks) == ["broker: orders", "broker: decisions", "core-0", "worker-0", "worker-1"])
        #expect(events.traceEvents.count { $0.ph == "s" } == 28)
        let slices = events.traceEvents.filter { $0.ph == "X" }
        #expect(slices.count { $0.cat == "order" } == 3 && slices.count { $0.cat == "exchange" } == 21)
        // Of worker-1's 20 ms in exchange 2, 14 were computing and coding.
        let compute = slices.filter { $0.tid == 11 && $0.cat == "compute" }
        #expect(compute.count == 7 && abs((compute[1].dur ?? 0) - 14000) < 1)
        let counters = events.traceEvents.filter { $0.ph == "C" }
        #expect(counters.last?.args?.bytes == 0 && counters.map { $0.args?.bytes ?? 0 }.max() == 1000)
    }

    /// Two workers joined at the start, were sent a plan after 10 ms, and one had loaded its state 30 ms later.
    @Test func whatIsBeforeTheFirstOrderAndWhatIsDecidedIsDrawn() throws {
        var records = SyntheticRun().records
        let first = try #require(records.firstIndex { $0.note != nil })
        let plan = ControlMessage.plan(Sample.plan, startBarrier: 0, term: 1)
        let ready = ControlMessage.ready(barrier: 0, digest: [UInt8](repeating: 1, count: 32))
        records.insert(
            contentsOf: try [Sample.control(plan, .sent, at: 10), Sample.control(ready, .received, at: 40)], at: first)
        try write(records)
        try PerfettoExport.write(file.path, to: out.path)
        let events = try TraceEvents(out.path)
        #expect(events.faults == [] && events.loose == [])
        let starts = events.traceEvents.filter { $0.cat == "start" }
        #expect(starts.compactMap(\.name) == ["load", "joining", "loading"] && starts.compactMap(\.tid) == [11, 1, 1])
        #expect(starts.compactMap(\.ts) == [10_000, 0, 10_000] && starts.compactMap(\.dur) == [30_000, 10_000, 40_000])
        let marks = events.traceEvents.filter { $0.ph == "i" }
        #expect(marks.compactMap(\.name) == ["started", "enrolled worker-0", "enrolled worker-1", "barrier 1"])
        let saved = events.traceEvents.filter { $0.cat == "save" }.map { ($0.ts ?? 0) + ($0.dur ?? 0) }.max()
        #expect(marks.last?.ts == saved && marks.allSatisfy { $0.tid == 2 })
    }

    @Test func oddTracesKeepTheRulesToo() throws {
        let whole = SyntheticRun().records
        for seed in 0..<20 {
            var records = whole.enumerated().filter { $0.offset == 0 || ($0.offset &* 48_271 &+ seed &* 69_621) >> 4 & 7 != 0 }
                .map(\.element)
            if seed % 2 == 0 { records[records.count / 2].time_ns = 1 }
            try write(records)
            try PerfettoExport.write(file.path, to: out.path)
            #expect(try TraceEvents(out.path).faults == [], "seed \(seed)")
        }
    }

    @Test func csvHasALineForEachMessage() throws {
        let records = SyntheticRun().records
        try write(records)
        try TraceCSV.write(try TraceReader(file.path), to: out.path)
        let lines = String(decoding: out.bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 1 + records.count { $0.message != nil } && lines[0] == TraceCSV.columns)
        #expect(lines.allSatisfy { $0.count { $0 == "," } == 12 })
        #expect(lines[1].hasPrefix("0.060000,received,1,worker-0,exchange 1 up,1,1,0,1,up,0,1000,01010101"))
    }

    @Test func aChangedTraceIsRefused() throws {
        try write(SyntheticRun().records)
        var bytes = file.bytes
        bytes[bytes.count / 2] ^= 1
        try file.write(bytes)
        #expect(throws: TraceError.self) { try PerfettoExport.write(file.path, to: out.path) }
        #expect(throws: TraceError.self) { try TraceCSV.write(try TraceReader(file.path), to: out.path) }
    }
}
