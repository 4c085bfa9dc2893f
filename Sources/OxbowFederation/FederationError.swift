/// Why workers cannot be clustered, weighed or averaged.
public struct FederationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done: `cluster`, `weigh`, `average`.
    public let action: String
    public let subject: String
    /// What is wrong and what would mend it.
    public let reason: String

    public init(action: String, subject: String, reason: String) {
        self.action = action
        self.subject = subject
        self.reason = reason
    }

    public var description: String { "Unable to \(action) '\(subject)': \(reason)." }
}
