import Foundation
import OxbowFleet
import OxbowProtocol
import OxbowSimulation
import OxbowTrace
import OxbowWire

/// Writes the traces of a simulated broker: one for each of its processes, which loses what it did not write out.
final class SimulatedTrace {
    private(set) var paths: [String] = []
    /// A message to be recorded beside one that was received.
    var addition: ((TraceMessage) -> TraceMessage?)?
    private let folder = FileManager.default.temporaryDirectory.path + "/oxbow-replay-\(UUID().uuidString.prefix(8))"
    private var writer: TraceWriter?
    private var members: [ConnectionID: MemberID] = [:]
    private var stateHash = ""
    /// Of the trace under way; what comes after its end is of no run.
    private var hasEnd = false
    private var failure: (any Error)?

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func take(_ tap: BrokerTap) {
        do {
            switch tap {
            case .event(.received(let connection, let envelope, let payload), let time):
                try received(connection, envelope, payload, time)
            case .event: break
            case .directive(let directive, let time): try take(directive, time)
            case .restarted:
                // What was not written out is lost with the process.
                writer = nil
                (members, stateHash, hasEnd) = ([:], "", false)
            }
        } catch {
            failure = failure ?? error
        }
    }

    /// Writes out what is there; throws what went wrong before.
    func finish() throws {
        if let failure { throw failure }
        try writer?.finish()
    }

    private func received(_ connection: ConnectionID, _ envelope: Envelope, _ payload: Payload, _ time: Duration) throws {
        let message = try message(.received, connection, envelope.sender, envelope, payload)
        try write(.message(message), time)
        if let more = addition?(message) { try write(.message(more), time) }
    }

    private func take(_ directive: BrokerDirective, _ time: Duration) throws {
        switch directive {
        case .send(let connection, let envelope, let control):
            if case .welcome(let welcome) = control { members[connection] = welcome.member }
            try write(.message(try message(.sent, connection, members[connection], envelope, .control(control))), time)
        case .forward(let connection, let envelope, let body, _):
            try write(.message(try message(.sent, connection, nil, envelope, .bulk(body))), time)
        case .journal(let record, _):
            if case .barrier(_, let digests) = record {
                stateHash = StateDigest.stateHash(digests)
                try writer?.flush()
            }
            try write(.decision(String(decoding: try JSONEncoder().encode(record), as: UTF8.self)), time)
        case .note(.ended):
            try write(.end(TraceEnd(outcome: "finished", stateHash: stateHash)), time)
            hasEnd = true
        default: break
        }
    }

    private func message(
        _ direction: TraceMessage.Direction, _ connection: ConnectionID, _ member: MemberID?, _ envelope: Envelope,
        _ payload: Payload
    ) throws -> TraceMessage {
        var message = TraceMessage(
            direction: direction, connection: connection.number, member: member, envelope: envelope, bodyLength: 0, bodyHash: [])
        switch payload {
        case .control(let control):
            let bytes = try ControlCodec.encode(control)
            (message.bodyLength, message.bodyHash) = (UInt64(bytes.count), TraceHash(bytes).bytes)
            message.controlBody = bytes
        case .bulk(let body):
            guard let body = body as? any ByteBody else { break }
            (message.bodyLength, message.bodyHash) = (UInt64(body.byteCount), body.withBytes { TraceHash($0).bytes })
        }
        return message
    }

    private func write(_ content: TraceRecord.Content, _ time: Duration) throws {
        if hasEnd { return }
        let time_ns = UInt64(time / .nanoseconds(1))
        if writer == nil {
            paths.append(folder + "/run-\(paths.count + 1).oxtrace")
            writer = try TraceWriter(paths[paths.count - 1])
            try writer?.write(TraceRecord(time_ns: time_ns, .header(TraceHeader(run: "run"))))
            try writer?.flush()
        }
        try writer?.write(TraceRecord(time_ns: time_ns, content))
    }
}
