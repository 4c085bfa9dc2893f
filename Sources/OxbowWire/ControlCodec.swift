import COxbowWire
import OxbowProtocol

/// A control body, to and from bytes. Equal messages give equal bytes; no prefix of them decodes.
public enum ControlCodec {
    /// At most `WireLimits.controlBytes` bytes. Texts for people (error, goodbye) are cut to their limit; any other
    /// value over its limit throws.
    public static func encode(_ message: ControlMessage) throws(WireError) -> [UInt8] {
        try check(message)
        let arena = WireArena.forEncoding()
        let bytes = withExtendedLifetime(arena) {
            let control = arena.new(oxbow__v1__control__init) { fill(&$0, from: message, in: arena) }
            return packed(&control.pointee.base)
        }
        guard bytes.count <= WireLimits.controlBytes else {
            throw .tooLarge(message.name, "\(bytes.count) bytes are more than \(WireLimits.controlBytes)")
        }
        return bytes
    }

    /// - Parameter limit: the most bytes this receiver takes, `WireLimits.helloBytes` from a peer it does not know.
    /// Throws `malformed` or `tooLarge`.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limit: Int = WireLimits.controlBytes
    ) throws(WireError) -> ControlMessage {
        try decode(bytes, limit: limit, budget: nil)
    }

    /// With another memory budget than `WireLimits` gives; tests try every small one.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, limit: Int, budget: Int?
    ) throws(WireError) -> ControlMessage {
        var empty = WireControl()
        oxbow__v1__control__init(&empty)
        let message = try withUnpacked(
            bytes, subject: "control message", limit: min(limit, WireLimits.controlBytes), budget: budget,
            descriptor: empty.base.descriptor, unpack: oxbow__v1__control__unpack, value)
        try check(message)
        return message
    }

    private static func check(_ message: ControlMessage) throws(WireError) {
        let rules = WireRules(subject: message.name)
        switch message {
        case .hello(let hello): try rules.check(hello)
        case .welcome(let welcome): try rules.check(welcome)
        case .plan(let plan, let startBarrier, _): try rules.check(plan, startBarrier: startBarrier)
        case .ready(let round, let digest), .barrierSaved(_, let round, let digest, _):
            try rules.place(round: round)
            try rules.digest(digest)
        case .saveFailed(_, let round, _): try rules.place(round: round)
        case .stepControl(let control): try rules.check(control)
        case .heartbeat(_, let round, let step):
            try rules.place(round: round, step: step)
        case .metrics(let metrics): try rules.check(metrics)
        case .aggregation(let report): try rules.check(report)
        case .scores(let scores): try rules.check(scores)
        case .probe(let probe): try rules.check(probe)
        case .link(let link): try rules.check(link)
        case .leaving, .standby, .error, .goodbye: break
        }
    }

    /// A text for people, cut to its limit between characters; a NUL would end it for C.
    static func clipped(_ text: String) -> String {
        var clipped = ""
        var bytes = 0
        for scalar in text.unicodeScalars {
            let kept: Unicode.Scalar = scalar == "\0" ? "\u{FFFD}" : scalar
            bytes += UTF8.width(kept)
            guard bytes <= WireLimits.messageBytes else { break }
            clipped.unicodeScalars.append(kept)
        }
        return clipped
    }
}

extension ControlMessage {
    /// What docs/protocol.md calls this message.
    public var name: String {
        switch self {
        case .hello: "hello"
        case .welcome: "welcome"
        case .plan: "plan"
        case .ready: "ready"
        case .stepControl: "step control"
        case .barrierSaved: "barrier saved"
        case .saveFailed: "save failed"
        case .metrics: "metrics"
        case .aggregation: "aggregation"
        case .scores: "scores"
        case .heartbeat: "heartbeat"
        case .probe: "probe"
        case .link: "link"
        case .leaving: "leaving"
        case .standby: "standby"
        case .error: "error"
        case .goodbye: "goodbye"
        }
    }
}
