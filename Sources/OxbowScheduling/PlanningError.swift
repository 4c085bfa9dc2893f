/// Why no plan can be made, as one sentence with its remedy.
public struct PlanningError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A worker, "core" or "fleet".
    public let subject: String
    public let reason: String
    public let remedy: String

    public init(subject: String, reason: String, remedy: String) {
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "Unable to plan '\(subject)': \(reason). \(remedy)" }
}
