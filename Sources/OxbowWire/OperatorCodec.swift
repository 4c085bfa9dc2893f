import COxbowWire
import OxbowProtocol

/// Bodies between operators and the broker, to and from bytes. Equal messages give equal bytes; no prefix of them decodes.
public enum OperatorCodec {
    /// At most `WireLimits.operatorRequestBytes` bytes. Throws when a part is over its limit.
    public static func encode(_ request: OperatorRequest) throws(WireError) -> [UInt8] {
        try check(request)
        let arena = WireArena.forEncoding()
        return withExtendedLifetime(arena) {
            let message = arena.new(oxbow__v1__operator_request__init) {
                $0.challenge = arena.binary(request.challenge)
                $0.mac = arena.binary(request.mac)
                $0.command = arena.binary(request.command)
            }
            return packed(&message.pointee.base)
        }
    }

    /// Throws `malformed` or `tooLarge`; the command in it is not looked into.
    public static func decodeRequest(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> OperatorRequest {
        var empty = Oxbow__V1__OperatorRequest()
        oxbow__v1__operator_request__init(&empty)
        let request = try withUnpacked(
            bytes, subject: requestSubject, limit: WireLimits.operatorRequestBytes, descriptor: empty.base.descriptor,
            unpack: oxbow__v1__operator_request__unpack
        ) { (message: Oxbow__V1__OperatorRequest) throws(WireError) in
            OperatorRequest(
                challenge: Self.bytes(message.challenge), mac: Self.bytes(message.mac), command: Self.bytes(message.command))
        }
        try check(request)
        return request
    }

    /// At most `WireLimits.operatorReplyBytes` bytes; the text is cut to its limit, more content than that throws.
    public static func encode(_ reply: OperatorReply) throws(WireError) -> [UInt8] {
        try check(reply)
        let arena = WireArena.forEncoding()
        return withExtendedLifetime(arena) {
            let message = arena.new(oxbow__v1__operator_reply__init) {
                $0.next_challenge = arena.binary(reply.nextChallenge)
                $0.code = reply.code.rawValue
                $0.message = arena.text(ControlCodec.clipped(reply.message))
                $0.total_bytes = reply.totalBytes
                $0.content = arena.binary(reply.content)
            }
            return packed(&message.pointee.base)
        }
    }

    /// Throws `malformed` or `tooLarge`.
    public static func decodeReply(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> OperatorReply {
        var empty = Oxbow__V1__OperatorReply()
        oxbow__v1__operator_reply__init(&empty)
        let reply = try withUnpacked(
            bytes, subject: replySubject, limit: WireLimits.operatorReplyBytes, descriptor: empty.base.descriptor,
            unpack: oxbow__v1__operator_reply__unpack, value)
        try check(reply)
        return reply
    }

    private static func value(_ message: Oxbow__V1__OperatorReply) throws(WireError) -> OperatorReply {
        guard let code = OperatorCode(rawValue: message.code) else {
            throw .malformed(replySubject, "code \(message.code) is not known")
        }
        return OperatorReply(
            nextChallenge: bytes(message.next_challenge), code: code, message: String(cString: message.message),
            totalBytes: message.total_bytes, content: bytes(message.content))
    }

    // MARK: Rules

    private static let requestSubject = "operator's request"
    private static let replySubject = "operator's reply"

    private static func check(_ request: OperatorRequest) throws(WireError) {
        let rules = WireRules(subject: requestSubject)
        try rules.proof("challenge", request.challenge)
        try rules.proof("mac", request.mac)
        try rules.require(request.challenge.isEmpty == request.mac.isEmpty, "a challenge without mac, or a mac without challenge")
        try rules.count("bytes of command", request.command.count, WireLimits.operatorCommandBytes)
    }

    private static func check(_ reply: OperatorReply) throws(WireError) {
        let rules = WireRules(subject: replySubject)
        try rules.proof("challenge", reply.nextChallenge)
        try rules.count("bytes of content", reply.content.count, WireLimits.operatorContentBytes)
    }

    static func bytes(_ binary: ProtobufCBinaryData) -> [UInt8] {
        Array(UnsafeBufferPointer(start: binary.data, count: binary.len))
    }
}

extension WireRules {
    fileprivate func proof(_ name: String, _ bytes: [UInt8]) throws(WireError) {
        try require(
            bytes.isEmpty || bytes.count == WireLimits.digestBytes,
            "a \(name) of \(bytes.count) bytes, not \(WireLimits.digestBytes)")
    }
}
