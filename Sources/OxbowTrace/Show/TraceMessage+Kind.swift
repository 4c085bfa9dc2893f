import OxbowProtocol
import OxbowWire

extension TraceMessage {
    /// A control message's name (docs/protocol.md), `artifact`, `operator`, `enrolment`, or `exchange <n> up|down`.
    public var kind: String {
        switch envelope.content {
        case .bulk(let key): "exchange \(key.exchange.rawValue) \(key.direction)"
        case .artifact: "artifact"
        case .operator: "operator"
        case .enrolment: "enrolment"
        case .control: (try? control())?.name ?? "unreadable"
        }
    }

    /// The body's hash in hexadecimal.
    public var hash: String { bodyHash.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined() }
}
