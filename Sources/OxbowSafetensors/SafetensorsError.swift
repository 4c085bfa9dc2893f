import Foundation

/// Why a state file could not be read or written, as one sentence with its remedy.
public struct SafetensorsError: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
    /// The kind of failure, for code that must tell them apart.
    public enum Code: String, Hashable, Sendable {
        case missing, unreadable, truncated, malformedHeader, overlapping, outOfRange, tooLarge, unsupportedType
        case noSuchTensor, wrongType, wrongShape, unwritable
    }

    public let code: Code
    /// What was attempted: "read", "write", "use".
    public let verb: String
    /// The file or tensor it was attempted on.
    public let subject: String
    public let reason: String
    public let remedy: String

    public init(_ code: Code, _ verb: String, _ subject: String, _ reason: String, _ remedy: String) {
        self.code = code
        self.verb = verb
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "Unable to \(verb) '\(subject)': \(reason). \(remedy)" }
    public var errorDescription: String? { description }
}

extension SafetensorsError {
    /// A file whose bytes are not what the format demands.
    static func damaged(_ code: Code, _ subject: String, _ reason: String) -> SafetensorsError {
        SafetensorsError(code, "read", subject, reason, "Restore the file from a copy, or remove it and let it be written anew.")
    }

    /// A failed call of the operating system on `subject`.
    static func system(_ code: Code, _ verb: String, _ subject: String, _ number: Int32, _ remedy: String) -> SafetensorsError {
        SafetensorsError(code, verb, subject, String(cString: strerror(number)), remedy)
    }
}
