import Foundation
import OxbowProtocol
import OxbowTrace
import OxbowWire

/// A small run as a broker records it, and its records in pieces.
enum TraceSeeds {
    static let words = [
        "\"committed\"", "\"barrier\"", "\"ordered\"", "\"amended\"", "\"enrolled\"", "\"term\"", "\"started\"", "\"round\"",
        "\"_0\"", "18446744073709551615", "4294967295", "\"inf\"", "\"nan\"",
    ]

    static let header = TraceRecord(time_ns: 5, .header(TraceHeader(run: "mine", release: "0.1.0", seed: 7, startedSeconds: 1.5)))

    static func traces() throws -> [String: [UInt8]] {
        let records = try run()
        // The same with times and numbers at the end of what they can be.
        var extreme = records.map { TraceRecord(time_ns: .max - $0.time_ns % 7, $0.content) }
        extreme.append(try record(.max, from: .core(), .metrics(boundless)))
        extreme.append(try record(.max, from: .edge(0), .metrics(boundless)))
        return [
            "run": try file(records), "pieces": try pieces(records), "extreme": try pieces(extreme),
            "jump": try pieces(records.enumerated().map { TraceRecord(time_ns: $0.offset > 9 ? .max : 6, $0.element.content) }),
            "boundless": try pieces(
                [records[0]] + [0, 1, 2].map { _ in try record(9, from: .edge(0), .metrics(boundless)) } + records.dropFirst()),
        ]
    }

    private static let boundless = StepMetrics(round: 1, step: 0, computeSeconds: 1.7e308, codecSeconds: 1.7e308)

    private static func run() throws -> [TraceRecord] {
        var records = [
            try decision(10, .started(run: "mine")),
            try decision(11, .enrolled(.edge(0), workerID: "attic", tier: "small", sessionEpoch: 1)),
            try record(12, from: .edge(0), .hello(WireSeeds.hello)), try decision(13, .plan(WireSeeds.plan)),
            try decision(14, .term(1, members: [0])),
        ]
        for (half, exchanges) in [
            (Half.discriminator, [Exchange.generatorActivations, .discriminatorActivations, .discriminatorGradients]),
            (.generator, [.generatorPassActivations, .generatorPassGradients, .generatorGradients]),
        ] {
            let step = HalfStep(round: 1, step: 0, half: half)
            records.append(try ordered(15, .half(step, regenerate: false)))
            for exchange in exchanges { records += bulk(20, exchange, step: 0) }
            records.append(try decision(40, .committed(step)))
        }
        records.append(try ordered(41, .barrier(1)))
        records.append(try record(42, from: .edge(0), .metrics(StepMetrics(round: 1, step: 0, computeSeconds: 1e-9))))
        records += bulk(50, .modelDeltas, step: 94)
        records.append(
            try record(60, from: .edge(0), .barrierSaved(term: 1, round: 1, digest: [UInt8](repeating: 1, count: 32))))
        records.append(try decision(70, .barrier(round: 1, digests: [])))
        records.append(TraceRecord(time_ns: 80, .end(TraceEnd(outcome: "finished", stateHash: "ab"))))
        return records
    }

    private static let hash = [UInt8](repeating: 1, count: 16)

    private static func bulk(_ time: UInt64, _ exchange: Exchange, step: UInt32) -> [TraceRecord] {
        [Direction.up, .down].enumerated().flatMap { index, direction in
            let key = ExchangeKey(term: 1, round: 1, step: step, exchange: exchange, direction: direction, slot: 0)
            let envelope = Envelope(run: 9, sender: direction == .up ? .edge(0) : .core(), sessionEpoch: 1, content: .bulk(key))
            return [TraceMessage.Direction.received, .sent].enumerated().map { turn, way in
                let at = time + UInt64(4 * index + 2 * turn)
                return TraceRecord(
                    time_ns: at,
                    .message(
                        TraceMessage(
                            direction: way, connection: 1, member: .edge(0), received_ns: way == .sent ? at - 2 : nil,
                            envelope: envelope, bodyLength: 1000, bodyHash: hash)))
            }
        }
    }

    private static func record(_ time: UInt64, from member: MemberID, _ message: ControlMessage) throws -> TraceRecord {
        let body = try ControlCodec.encode(message)
        return TraceRecord(
            time_ns: time,
            .message(
                TraceMessage(
                    direction: .received, connection: 1, member: member,
                    envelope: Envelope(run: 9, sender: member, sessionEpoch: 1, content: .control),
                    bodyLength: UInt64(body.count),
                    bodyHash: hash, controlBody: body)))
    }

    private static func decision(_ time: UInt64, _ decision: JournalRecord) throws -> TraceRecord {
        TraceRecord(time_ns: time, .decision(String(decoding: try JSONEncoder().encode(decision), as: UTF8.self)))
    }

    private static func ordered(_ time: UInt64, _ next: StepControl.Next) throws -> TraceRecord {
        let note = BrokerNote.ordered(StepControl(term: 1, members: [0], commit: .nothing, next: next))
        return TraceRecord(time_ns: time, .note(String(decoding: try JSONEncoder().encode(note), as: UTF8.self)))
    }

    private static func pieces(_ records: [TraceRecord]) throws -> [UInt8] {
        try records.flatMap { record in
            let bytes = try TraceCodec.encode(record)
            return [UInt8(bytes.count & 255), UInt8(bytes.count >> 8)] + bytes
        }
    }

    private static func file(_ records: [TraceRecord]) throws -> [UInt8] {
        let path = FileManager.default.temporaryDirectory.path + "/oxbow-fuzz-\(UUID().uuidString).oxtrace"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let writer = try TraceWriter(path)
        for record in [header] + records { try writer.write(record) }
        try writer.finish()
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
