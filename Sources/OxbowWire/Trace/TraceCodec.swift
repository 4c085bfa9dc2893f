import COxbowWire
import OxbowProtocol

/// A trace's record, to and from bytes. Equal records give equal bytes; no prefix of them decodes.
public enum TraceCodec {
    static let subject = "trace record"

    /// At most `WireLimits.traceRecordBytes` bytes. Throws when a part is over its limit.
    public static func encode(_ record: TraceRecord) throws(WireError) -> [UInt8] {
        try check(record)
        let arena = WireArena.forEncoding()
        let bytes = withExtendedLifetime(arena) {
            let message = arena.new(oxbow__v1__trace_record__init) { fill(&$0, from: record, in: arena) }
            return packed(&message.pointee.base)
        }
        guard bytes.count <= WireLimits.traceRecordBytes else {
            throw .tooLarge(subject, "\(bytes.count) bytes are more than \(WireLimits.traceRecordBytes)")
        }
        return bytes
    }

    /// Throws `malformed` or `tooLarge`.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> TraceRecord {
        var empty = Oxbow__V1__TraceRecord()
        oxbow__v1__trace_record__init(&empty)
        let record = try withUnpacked(
            bytes, subject: subject, limit: WireLimits.traceRecordBytes, descriptor: empty.base.descriptor,
            unpack: oxbow__v1__trace_record__unpack, value)
        try check(record)
        return record
    }

    private static func check(_ record: TraceRecord) throws(WireError) {
        let rules = WireRules(subject: subject)
        switch record.content {
        case .header(let header): try rules.check(header)
        case .message(let message): try rules.check(message)
        case .decision(let text), .note(let text): try rules.text("text", text, WireLimits.traceTextBytes)
        case .end(let end):
            try rules.text("outcome", end.outcome, WireLimits.messageBytes)
            try rules.text("state hash", end.stateHash, WireLimits.traceNameBytes)
        }
    }
}

extension WireRules {
    fileprivate func check(_ header: TraceHeader) throws(WireError) {
        try text("run", header.run, WireLimits.runNameBytes)
        try text("instruction set", header.instructionSet, WireLimits.instructionSetBytes)
        for name in [header.release, header.kernels, header.oneDNN] { try text("name", name, WireLimits.traceNameBytes) }
        try count("algorithms", header.algorithms.count, WireLimits.traceAlgorithms)
        for entry in header.algorithms {
            try text("block", entry.block, WireLimits.traceNameBytes)
            try text("algorithm", entry.algorithm, WireLimits.traceNameBytes)
        }
        try text("experiment", header.experiment, WireLimits.experimentBytes)
        try amount("start time", header.startedSeconds)
    }

    fileprivate func check(_ message: TraceMessage) throws(WireError) {
        try check(message.envelope)
        if let member = message.member { try slot(member.slot) }
        try require(
            message.bodyHash.count == WireLimits.traceHashBytes,
            "a hash of \(message.bodyHash.count) bytes, not \(WireLimits.traceHashBytes)")
        try limit("body length", message.bodyLength, UInt64(WireLimits.bodyBytes))
        guard let body = message.controlBody else { return }
        try require(message.envelope.content == .control, "a control body with another envelope")
        try require(body.count == Int(message.bodyLength), "a control body of another length")
        try count("bytes of control body", body.count, WireLimits.controlBytes)
    }
}
