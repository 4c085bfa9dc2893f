/// Why an experiment cannot be used, as one sentence with its remedy.
public struct ExperimentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure, for code that must tell them apart.
    public enum Code: String, Hashable, Sendable {
        case unreadable, syntax, unknownKey, badValue, conflict, badOverride
    }

    public let code: Code
    /// What was attempted: "read", "use", "set".
    public let verb: String
    /// The file or the dotted key it was attempted on.
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

extension ExperimentError {
    /// A value that its key does not allow.
    static func bad(_ key: String, _ value: String, _ allowed: String) -> ExperimentError {
        ExperimentError(.badValue, "use", key, "its value is \(value)", "Allowed: \(allowed).")
    }
}
