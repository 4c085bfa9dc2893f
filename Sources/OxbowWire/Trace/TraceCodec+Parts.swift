import COxbowWire
import OxbowProtocol

// Between a record's values and the generated messages.
extension TraceCodec {
    static func fill(_ message: inout Oxbow__V1__TraceRecord, from record: TraceRecord, in arena: WireArena) {
        message.time_ns = record.time_ns
        switch record.content {
        case .header(let header):
            message.content_case = OXBOW__V1__TRACE_RECORD__CONTENT_HEADER
            message.header = arena.new(oxbow__v1__trace_header__init) { fill(&$0, from: header, in: arena) }
        case .message(let traced):
            message.content_case = OXBOW__V1__TRACE_RECORD__CONTENT_TRACED
            message.traced = arena.new(oxbow__v1__trace_message__init) { fill(&$0, from: traced, in: arena) }
        case .decision(let text):
            message.content_case = OXBOW__V1__TRACE_RECORD__CONTENT_DECISION
            message.decision = arena.text(text)
        case .note(let text):
            message.content_case = OXBOW__V1__TRACE_RECORD__CONTENT_NOTE
            message.note = arena.text(text)
        case .end(let end):
            message.content_case = OXBOW__V1__TRACE_RECORD__CONTENT_END
            message.end = arena.new(oxbow__v1__trace_end__init) {
                $0.outcome = arena.text(end.outcome)
                $0.state_hash = arena.text(end.stateHash)
                ($0.received, $0.forwarded, $0.refused) = (end.received, end.forwarded, end.refused)
                $0.forwarded_bytes = end.forwardedBytes
            }
        }
    }

    private static func fill(_ message: inout Oxbow__V1__TraceHeader, from header: TraceHeader, in arena: WireArena) {
        message.run = arena.text(header.run)
        message.release = arena.text(header.release)
        message.kernels = arena.text(header.kernels)
        message.instruction_set = arena.text(header.instructionSet)
        message.onednn = arena.text(header.oneDNN)
        (message.cores, message.lanes, message.threads) = (header.cores, header.lanes, header.threads)
        message.n_algorithms = header.algorithms.count
        message.algorithms = arena.array(
            header.algorithms.map { entry in
                Optional(
                    arena.new(oxbow__v1__trace_algorithm__init) {
                        $0.block = arena.text(entry.block)
                        $0.algorithm = arena.text(entry.algorithm)
                    })
            })
        message.seed = header.seed
        message.experiment = arena.text(header.experiment)
        message.started_seconds = header.startedSeconds
        message.holds_bodies = header.holdsBodies ? 1 : 0
    }

    private static func fill(_ message: inout Oxbow__V1__TraceMessage, from traced: TraceMessage, in arena: WireArena) {
        message.direction = Oxbow__V1__TraceDirection(UInt32(traced.direction.rawValue))
        message.connection = traced.connection
        message.member = traced.member.map { arena.member($0) }
        message.has_received_ns = traced.received_ns == nil ? 0 : 1
        message.received_ns = traced.received_ns ?? 0
        message.envelope = arena.new(oxbow__v1__envelope__init) { EnvelopeCodec.fill(&$0, from: traced.envelope, in: arena) }
        message.body_length = traced.bodyLength
        message.body_hash = arena.binary(traced.bodyHash)
        guard let body = traced.controlBody else { return }
        message.has_control_body = 1
        message.control_body = arena.binary(body)
    }

    static func value(_ message: Oxbow__V1__TraceRecord) throws(WireError) -> TraceRecord {
        let content: TraceRecord.Content
        switch message.content_case {
        case OXBOW__V1__TRACE_RECORD__CONTENT_HEADER: content = .header(try value(part(message.header, subject)))
        case OXBOW__V1__TRACE_RECORD__CONTENT_TRACED: content = .message(try value(part(message.traced, subject)))
        case OXBOW__V1__TRACE_RECORD__CONTENT_DECISION: content = .decision(String(cString: message.decision))
        case OXBOW__V1__TRACE_RECORD__CONTENT_NOTE: content = .note(String(cString: message.note))
        case OXBOW__V1__TRACE_RECORD__CONTENT_END: content = .end(value(try part(message.end, subject)))
        default: throw .malformed(subject, "its content is missing")
        }
        return TraceRecord(time_ns: message.time_ns, content)
    }

    private static func value(_ header: Oxbow__V1__TraceHeader) throws(WireError) -> TraceHeader {
        var algorithms: [TraceAlgorithm] = []
        for index in 0..<header.n_algorithms {
            let entry = try part(header.algorithms[index], subject)
            algorithms.append(
                TraceAlgorithm(block: String(cString: entry.block), algorithm: String(cString: entry.algorithm)))
        }
        return TraceHeader(
            run: String(cString: header.run), release: String(cString: header.release),
            kernels: String(cString: header.kernels), instructionSet: String(cString: header.instruction_set),
            oneDNN: String(cString: header.onednn), cores: header.cores, lanes: header.lanes, threads: header.threads,
            algorithms: algorithms, seed: header.seed, experiment: String(cString: header.experiment),
            startedSeconds: header.started_seconds, holdsBodies: header.holds_bodies != 0)
    }

    private static func value(_ message: Oxbow__V1__TraceMessage) throws(WireError) -> TraceMessage {
        var member: MemberID?
        if let named = message.member { member = try memberID(named.pointee, subject) }
        return TraceMessage(
            direction: try known(message.direction.rawValue, subject), connection: message.connection, member: member,
            received_ns: message.has_received_ns != 0 ? message.received_ns : nil,
            envelope: try EnvelopeCodec.value(part(message.envelope, subject)), bodyLength: message.body_length,
            bodyHash: OperatorCodec.bytes(message.body_hash),
            controlBody: message.has_control_body != 0 ? OperatorCodec.bytes(message.control_body) : nil)
    }

    private static func value(_ end: Oxbow__V1__TraceEnd) -> TraceEnd {
        TraceEnd(
            outcome: String(cString: end.outcome), stateHash: String(cString: end.state_hash), received: end.received,
            forwarded: end.forwarded, refused: end.refused, forwardedBytes: end.forwarded_bytes)
    }
}
