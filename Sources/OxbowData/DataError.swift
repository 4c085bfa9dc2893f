/// Why data could not be used, as one sentence with its remedy.
public struct DataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure, for code that must tell them apart.
    public enum Code: String, Hashable, Sendable {
        case missing, unreadable, torn, wrongMagic, tooLarge, empty, countMismatch, shapeMismatch, labelOutOfRange
        case noDomains, badName, tooFewImages, unwritable
    }

    public let code: Code
    /// What was attempted: "read", "write", "use", "partition".
    public let verb: String
    /// The file, folder or domain it was attempted on.
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
}

extension DataError {
    /// A file whose content is not what its format demands.
    static func damaged(_ code: Code, _ path: String, _ reason: String) -> DataError {
        DataError(code, "read", path, reason, "Restore the file from its source, or name another data folder with --data.")
    }
}
