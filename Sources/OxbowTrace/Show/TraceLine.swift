import OxbowProtocol
import OxbowWire

/// One record, for people (a line) or programs (its fields).
public struct TraceLine: Encodable, Hashable, Sendable {
    public var record: Int
    public var offset: UInt64
    /// Since the header.
    public var seconds: Double
    /// `header`, `received`, `sent`, `decision`, `note`, `end`.
    public var type: String
    public var member: String?
    /// Of a message, a decision or a note.
    public var kind: String?
    public var term: UInt32?
    public var round: UInt32?
    public var step: UInt32?
    public var exchange: UInt8?
    /// `up` or `down`.
    public var way: String?
    public var slot: UInt32?
    public var bytes: UInt64?
    public var hash: String?
    /// What a decision or a note, the header or the end says; JSON of what this release does not know.
    public var text: String?

    /// - Parameter start_ns: the header's time.
    public init(_ entry: TraceReader.Entry, from start_ns: UInt64) {
        let time = entry.record.time_ns
        (record, offset) = (entry.number, entry.offset)
        seconds = Double(max(time, start_ns) &- start_ns) / 1e9
        switch entry.record.content {
        case .header(let header):
            type = "header"
            text = "run \(header.run), release \(header.release), \(header.kernels), seed \(header.seed)"
        case .message(let message):
            type = "\(message.direction)"
            fill(message)
        case .decision(let json):
            (type, text) = ("decision", json)
            guard let decision = entry.record.decision else { break }
            (kind, member, text) = (decision.name, decision.member?.description, decision.words)
        case .note(let json):
            (type, text) = ("note", json)
            guard let note = entry.record.note else { break }
            (kind, member, text) = (note.name, note.member?.description, note.words)
        case .end(let end):
            type = "end"
            text = "\(end.outcome), state hash \(end.stateHash)"
        }
        if round == nil { round = entry.record.round }
    }

    private mutating func fill(_ message: TraceMessage) {
        (member, kind, bytes, hash) = (message.member?.description, message.kind, message.bodyLength, message.hash)
        guard let key = message.key else { return }
        (term, round, step, slot) = (key.term, key.round, key.step, key.slot)
        (exchange, way) = (key.exchange.rawValue, "\(key.direction)")
    }

    /// On one line, without characters that could steer a terminal.
    public var words: String {
        var parts = [Self.fixed(seconds), type]
        if let member { parts.append(member) }
        if let kind { parts.append(kind) }
        if let round { parts.append("round \(round)") }
        if let step { parts.append("step \(step)") }
        if let slot { parts.append("of worker-\(slot)") }
        if let bytes { parts.append("\(bytes) bytes") }
        if let hash { parts.append(String(hash.prefix(16))) }
        if let text { parts.append(text) }
        return String(parts.joined(separator: "  ").unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : Character($0) })
    }

    /// Microseconds after the point; any number.
    static func fixed(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "\(seconds)" }
        let microseconds = UInt64((seconds * 1e6).rounded())
        let fraction = String(microseconds % 1_000_000)
        return "\(microseconds / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }
}
