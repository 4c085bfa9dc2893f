import Foundation
import OxbowProtocol
import OxbowWire

/// Decisions and notes in a trace: JSON as in the journal and the log.
enum TraceJSON {
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        // Values of ours always encode.
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    static func value<Value: Decodable>(_ text: String) -> Value? {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try? decoder.decode(Value.self, from: Data(text.utf8))
    }
}

extension TraceRecord {
    /// Nil if this is none, or one that this release does not know.
    public var decision: JournalRecord? {
        if case .decision(let text) = content { TraceJSON.value(text) } else { nil }
    }

    /// Nil if this is none, or one that this release does not know.
    public var note: BrokerNote? {
        if case .note(let text) = content { TraceJSON.value(text) } else { nil }
    }

    public var message: TraceMessage? {
        if case .message(let message) = content { message } else { nil }
    }

    public var seconds: Double { Double(time_ns) / 1e9 }
}
