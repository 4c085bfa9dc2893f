import COxbowWire
import OxbowProtocol

/// The first frame of every message, to and from bytes. Equal envelopes give equal bytes; no prefix of them decodes.
public enum EnvelopeCodec {
    private static let subject = "envelope"

    /// At most `WireLimits.envelopeBytes` bytes. Throws when a number is over its limit.
    public static func encode(_ envelope: Envelope) throws(WireError) -> [UInt8] {
        try WireRules(subject: subject).check(envelope)
        let arena = WireArena.forEncoding()
        return withExtendedLifetime(arena) {
            let message = arena.new(oxbow__v1__envelope__init) { fill(&$0, from: envelope, in: arena) }
            return packed(&message.pointee.base)
        }
    }

    /// Throws `malformed` or `tooLarge`. The version is not judged: that is the receiver's business.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Envelope {
        var empty = WireEnvelope()
        oxbow__v1__envelope__init(&empty)
        let envelope = try withUnpacked(
            bytes, subject: subject, limit: WireLimits.envelopeBytes, descriptor: empty.base.descriptor,
            unpack: oxbow__v1__envelope__unpack, value)
        try WireRules(subject: subject).check(envelope)
        return envelope
    }

    static func fill(_ message: inout WireEnvelope, from envelope: Envelope, in arena: WireArena) {
        message.version = envelope.version
        message.run = envelope.run
        message.sender = envelope.sender.map { arena.member($0) }
        message.session_epoch = envelope.sessionEpoch
        message.credits = envelope.credits
        switch envelope.content {
        case .control:
            message.content_case = OXBOW__V1__ENVELOPE__CONTENT_CONTROL
            message.control = arena.new(oxbow__v1__control_content__init) { _ in }
        case .bulk(let key):
            message.content_case = OXBOW__V1__ENVELOPE__CONTENT_BULK
            message.bulk = arena.new(oxbow__v1__exchange_key__init) {
                $0.term = key.term
                $0.round = key.round
                $0.step = key.step
                $0.exchange = Oxbow__V1__Exchange(UInt32(key.exchange.rawValue))
                $0.direction = Oxbow__V1__Direction(UInt32(key.direction.rawValue))
                $0.slot = key.slot
            }
        case .artifact(let key):
            message.content_case = OXBOW__V1__ENVELOPE__CONTENT_ARTIFACT
            message.artifact = arena.new(oxbow__v1__artifact__init) {
                $0.round = key.round
                $0.name = arena.text(key.name)
            }
        case .operator:
            message.content_case = OXBOW__V1__ENVELOPE__CONTENT_OPERATOR
            message.operator_ = arena.new(oxbow__v1__operator_content__init) { _ in }
        case .enrolment:
            message.content_case = OXBOW__V1__ENVELOPE__CONTENT_ENROLMENT
            message.enrolment = arena.new(oxbow__v1__enrolment_content__init) { _ in }
        }
    }

    static func value(_ message: WireEnvelope) throws(WireError) -> Envelope {
        var sender: MemberID?
        if let member = message.sender { sender = try memberID(member.pointee, subject) }
        let content: Envelope.Content
        switch message.content_case {
        case OXBOW__V1__ENVELOPE__CONTENT_CONTROL: content = .control
        case OXBOW__V1__ENVELOPE__CONTENT_BULK: content = .bulk(try key(part(message.bulk, subject)))
        case OXBOW__V1__ENVELOPE__CONTENT_ARTIFACT:
            let artifact = try part(message.artifact, subject)
            content = .artifact(ArtifactKey(round: artifact.round, name: String(cString: artifact.name)))
        case OXBOW__V1__ENVELOPE__CONTENT_OPERATOR: content = .operator
        case OXBOW__V1__ENVELOPE__CONTENT_ENROLMENT: content = .enrolment
        default: throw .malformed(subject, "its content is missing")
        }
        return Envelope(
            version: message.version, run: message.run, sender: sender, sessionEpoch: message.session_epoch,
            credits: message.credits, content: content)
    }

    private static func key(_ key: Oxbow__V1__ExchangeKey) throws(WireError) -> ExchangeKey {
        ExchangeKey(
            term: key.term, round: key.round, step: key.step, exchange: try known(key.exchange.rawValue, subject),
            direction: try known(key.direction.rawValue, subject), slot: key.slot)
    }
}

extension WireArena {
    func member(_ id: MemberID) -> UnsafeMutablePointer<Oxbow__V1__Member> {
        new(oxbow__v1__member__init) {
            $0.role = Oxbow__V1__Role(UInt32(id.role.rawValue))
            $0.slot = id.slot
        }
    }
}

func memberID(_ member: Oxbow__V1__Member, _ subject: String) throws(WireError) -> MemberID {
    MemberID(role: try known(member.role.rawValue, subject), slot: member.slot)
}
