/// Why a judge, a generator or a score could not be had, as one sentence with its remedy.
public struct EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was attempted: "train", "score", "read", "write", "use".
    public let verb: String
    /// The domain or file it was attempted on.
    public let subject: String
    public let reason: String
    public let remedy: String

    public init(_ verb: String, _ subject: String, _ reason: String, _ remedy: String) {
        self.verb = verb
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "Unable to \(verb) '\(subject)': \(reason). \(remedy)" }
}
