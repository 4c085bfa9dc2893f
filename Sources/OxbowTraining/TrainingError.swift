/// Why a step, a message or a state cannot be used.
public struct TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `compute`, `install`, `commit`, ...
    public let action: String
    public let subject: String
    public let reason: String

    public init(action: String, subject: String, reason: String) {
        self.action = action
        self.subject = subject
        self.reason = reason
    }

    public var description: String { "Unable to \(action) '\(subject)': \(reason)." }
}
