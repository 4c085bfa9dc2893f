import COxbowWire
import OxbowProtocol

/// Bodies about enrolment, to and from bytes. Equal messages give equal bytes; no prefix of them decodes.
public enum EnrolmentCodec {
    /// At most `WireLimits.enrolmentBytes` bytes. Throws when a part is over its limit.
    public static func encode(_ request: EnrolmentRequest) throws(WireError) -> [UInt8] {
        try check(request)
        let arena = WireArena.forEncoding()
        return withExtendedLifetime(arena) {
            let tags = arena.tags(request.tags)
            let message = arena.new(oxbow__v1__enrolment_request__init) {
                $0.public_key = arena.binary(request.publicKey)
                $0.worker_id = arena.text(request.workerID)
                $0.role = Oxbow__V1__Role(UInt32(request.role.rawValue))
                $0.tier = arena.text(request.tier)
                $0.n_tags = tags.count
                $0.tags = arena.array(tags)
            }
            return packed(&message.pointee.base)
        }
    }

    /// Throws `malformed` or `tooLarge`.
    public static func decodeRequest(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> EnrolmentRequest {
        var empty = Oxbow__V1__EnrolmentRequest()
        oxbow__v1__enrolment_request__init(&empty)
        let request = try withUnpacked(
            bytes, subject: requestSubject, limit: WireLimits.enrolmentBytes, descriptor: empty.base.descriptor,
            unpack: oxbow__v1__enrolment_request__unpack, value)
        try check(request)
        return request
    }

    private static func value(_ message: Oxbow__V1__EnrolmentRequest) throws(WireError) -> EnrolmentRequest {
        EnrolmentRequest(
            publicKey: OperatorCodec.bytes(message.public_key), workerID: String(cString: message.worker_id),
            role: try known(message.role.rawValue, requestSubject), tier: String(cString: message.tier),
            tags: try tagValues(UnsafeBufferPointer(start: message.tags, count: message.n_tags), requestSubject))
    }

    /// At most `WireLimits.enrolmentBytes` bytes; the text for people is cut to its limit.
    public static func encode(_ reply: EnrolmentReply) throws(WireError) -> [UInt8] {
        try check(reply)
        let arena = WireArena.forEncoding()
        return withExtendedLifetime(arena) {
            let message = arena.new(oxbow__v1__enrolment_reply__init) {
                $0.code = reply.code.rawValue
                $0.worker_id = arena.text(reply.workerID)
                if let slot = reply.slot { ($0.has_slot, $0.slot) = (1, slot) }
                $0.message = arena.text(ControlCodec.clipped(reply.message))
            }
            return packed(&message.pointee.base)
        }
    }

    /// Throws `malformed` or `tooLarge`.
    public static func decodeReply(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> EnrolmentReply {
        var empty = Oxbow__V1__EnrolmentReply()
        oxbow__v1__enrolment_reply__init(&empty)
        let reply = try withUnpacked(
            bytes, subject: replySubject, limit: WireLimits.enrolmentBytes, descriptor: empty.base.descriptor,
            unpack: oxbow__v1__enrolment_reply__unpack, value)
        try check(reply)
        return reply
    }

    private static func value(_ message: Oxbow__V1__EnrolmentReply) throws(WireError) -> EnrolmentReply {
        guard let code = EnrolmentCode(rawValue: message.code) else {
            throw .malformed(replySubject, "code \(message.code) is not known")
        }
        return EnrolmentReply(
            code: code, workerID: String(cString: message.worker_id), slot: message.has_slot != 0 ? message.slot : nil,
            message: String(cString: message.message))
    }

    // MARK: Rules

    private static let requestSubject = "enrolment request"
    private static let replySubject = "enrolment reply"

    private static func check(_ request: EnrolmentRequest) throws(WireError) {
        let rules = WireRules(subject: requestSubject)
        try rules.require(
            request.publicKey.count == WireLimits.publicKeyBytes,
            "a key of \(request.publicKey.count) bytes, not \(WireLimits.publicKeyBytes)")
        try rules.require(!request.workerID.isEmpty, "a worker without a name")
        try rules.text("worker name", request.workerID, WireLimits.workerIDBytes)
        try rules.text("tier", request.tier, WireLimits.tierBytes)
        try rules.check(tags: request.tags)
    }

    private static func check(_ reply: EnrolmentReply) throws(WireError) {
        let rules = WireRules(subject: replySubject)
        try rules.text("worker name", reply.workerID, WireLimits.workerIDBytes)
        try rules.require(reply.workerID.isEmpty != (reply.code == .done), "an enrolment without a name, or a refusal with one")
        if let slot = reply.slot { try rules.slot(slot) }
    }
}
