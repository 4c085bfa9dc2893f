import Foundation

/// How Oxbow writes JSON: sorted keys, snake case, readable; numbers that are none as "nan", "inf" and "-inf".
public enum ReportJSON {
    public static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }

    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom(key)
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }

    /// An experiment names its keys as its file does; elsewhere snake case becomes our names.
    private static func key(_ path: [any CodingKey]) -> any CodingKey {
        guard let last = path.last, path.first?.stringValue != "experiment" else { return path.last ?? Key("") }
        let parts = last.stringValue.split(separator: "_")
        return Key(parts.prefix(1).joined() + parts.dropFirst().map(\.capitalized).joined())
    }

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }
}

/// Why a file is no report, as one sentence with its remedy.
public struct ReportError: Error, Hashable, Sendable, CustomStringConvertible {
    public let subject: String
    public let reason: String

    public init(_ subject: String, _ reason: String) {
        self.subject = subject
        self.reason = reason
    }

    public var description: String {
        "Unable to read '\(subject)': \(reason). Name the folder that a run of this release left."
    }
}

extension Report {
    /// The bytes of `report.json`.
    public func json() throws -> Data { try ReportJSON.encoder.encode(self) }

    /// Reads `report.json`; `subject` is named in errors. Throws `ReportError`.
    public init(json: Data, subject: String) throws(ReportError) {
        do {
            self = try ReportJSON.decoder.decode(Report.self, from: json)
        } catch {
            throw ReportError(subject, Self.reason(error))
        }
        guard version == Report.currentVersion else {
            throw ReportError(subject, "it is of version \(version), where this release knows \(Report.currentVersion)")
        }
        try check(subject)
    }

    /// What a program can rely on; numbers of another program could be anything.
    private func check(_ subject: String) throws(ReportError) {
        let numbers = rounds.map(\.round)
        guard numbers.allSatisfy((0...10_000_000).contains), zip(numbers, numbers.dropFirst()).allSatisfy(<) else {
            throw ReportError(subject, "its rounds do not rise")
        }
        guard rounds.allSatisfy({ (0...1_000_000_000).contains($0.steps) }), rounds.count <= 100_000 else {
            throw ReportError(subject, "its steps cannot be")
        }
        guard pictures.allSatisfy({ (1...65_536).contains($0.classes) }) else {
            throw ReportError(subject, "its pictures' classes cannot be")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, let context)?: "it lacks '\(dotted(context.codingPath + [key]))'"
        case .typeMismatch(_, let context)?, .valueNotFound(_, let context)?: "'\(dotted(context.codingPath))' is of another kind"
        default: "it is not a report in JSON"
        }
    }

    private static func dotted(_ path: [any CodingKey]) -> String {
        path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
