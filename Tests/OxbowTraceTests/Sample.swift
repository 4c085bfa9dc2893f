import Foundation
import OxbowModel
import OxbowProtocol
import OxbowWire

@testable import OxbowTrace

/// A file that goes with the value.
final class TraceFileSample {
    let path = FileManager.default.temporaryDirectory.path + "/oxbow-trace-\(UUID().uuidString)"
    deinit { try? FileManager.default.removeItem(atPath: path) }

    var bytes: [UInt8] { FileManager.default.contents(atPath: path).map { [UInt8]($0) } ?? [] }
    func write(_ bytes: some Sequence<UInt8>) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

    /// Records, with the bodies that some of them have.
    func write(_ records: [(TraceRecord, [UInt8]?)]) throws {
        let writer = try TraceWriter(path)
        for (record, body) in records {
            if let body { try body.withUnsafeBytes { try writer.write(record, body: $0) } } else { try writer.write(record) }
        }
        try writer.finish()
    }

    /// What a reader gets out of it, and how it stops; a reader that cannot begin stops at once.
    func read() -> (records: [TraceRecord], ending: TraceEnding?) {
        guard let reader = try? TraceReader(path) else { return ([], nil) }
        let records = reader.map(\.record)
        return (records, reader.ending)
    }
}

enum Sample {
    static let body: [UInt8] = [1, 2, 3, 4, 5]
    static let key = ExchangeKey(term: 1, round: 1, step: 0, exchange: .generatorActivations, direction: .up, slot: 3)
    static let header = TraceHeader(
        run: "mine", release: "0.1.0", kernels: "oneDNN", instructionSet: "AVX2", oneDNN: "2.6.3", cores: 2, lanes: 2, threads: 1,
        algorithms: [TraceAlgorithm(block: "g1", algorithm: "winograd")], seed: 7, experiment: "rounds: 1\n",
        startedSeconds: 1.5, holdsBodies: true)

    static var control: TraceMessage {
        let bytes = (try? ControlCodec.encode(.heartbeat(busy: true, round: 1, step: 2))) ?? []
        return TraceMessage(
            direction: .received, connection: 9, member: .edge(3), envelope: Envelope(sender: .edge(3), content: .control),
            bodyLength: UInt64(bytes.count), bodyHash: TraceHash(bytes).bytes, controlBody: bytes)
    }

    static func bulk(_ direction: TraceMessage.Direction) -> TraceMessage {
        TraceMessage(
            direction: direction, connection: 10, member: direction == .received ? .edge(3) : .core(),
            received_ns: direction == .sent ? 30 : nil,
            envelope: Envelope(version: 1, run: 5, sender: .edge(3), sessionEpoch: 1, credits: 2, content: .bulk(key)),
            bodyLength: UInt64(body.count), bodyHash: TraceHash(body).bytes)
    }

    static let plan = Plan(
        run: 1, seed: 1, model: ModelParameters(width: 0.25), batch: 4, rounds: 1, stepsPerRound: 1,
        optimizer: OptimizerSettings(),
        method: MethodSettings(
            name: .oxbow, start: .common, batches: .permutation, clusters: 0, plainRounds: 1, alpha: 1, signalSteps: 1),
        assignments: (0..<2).map {
            Assignment(
                slot: UInt32($0), workerID: "w\($0)", tier: $0 == 0 ? "large" : "small", cuts: Cuts.minimal, samples: 100)
        })

    /// Between the broker and worker-1.
    /// - Parameter time: milliseconds.
    static func control(
        _ message: ControlMessage, _ direction: TraceMessage.Direction, at time: UInt64
    ) throws -> TraceRecord {
        let bytes = try ControlCodec.encode(message)
        let envelope = Envelope(sender: direction == .received ? .edge(1) : nil, content: .control)
        return TraceRecord(
            time_ns: time * 1_000_000,
            .message(
                TraceMessage(
                    direction: direction, connection: 1, member: .edge(1), envelope: envelope, bodyLength: UInt64(bytes.count),
                    bodyHash: TraceHash(bytes).bytes, controlBody: bytes)))
    }

    /// One of each kind.
    static var records: [(TraceRecord, [UInt8]?)] {
        [
            (TraceRecord(time_ns: 10, .header(header)), nil), (TraceRecord(time_ns: 20, .message(control)), nil),
            (TraceRecord(time_ns: 30, .message(bulk(.received))), body), (TraceRecord(time_ns: 40, .message(bulk(.sent))), nil),
            (TraceRecord(time_ns: 50, .decision(TraceJSON.text(JournalRecord.started(run: "mine")))), nil),
            (TraceRecord(time_ns: 60, .note(TraceJSON.text(BrokerNote.ended(.finished)))), nil),
            (
                TraceRecord(
                    time_ns: 70,
                    .end(
                        TraceEnd(
                            outcome: "finished", stateHash: "ab", received: 1, forwarded: 1, refused: 0, forwardedBytes: 5))),
                nil
            ),
        ]
    }
}
