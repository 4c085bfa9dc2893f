/// A failure of a process for a reason that its user can mend.
public struct RuntimeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which band of exit codes it belongs to (docs/exit-codes.md).
    public enum Kind: Hashable, Sendable {
        case output, state, network, peer, compute, key
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    static func output(_ verb: String, _ subject: String, _ reason: String) -> RuntimeError {
        RuntimeError(
            .output, "Unable to \(verb) '\(subject)': \(reason). Choose a place that this user may write and that has room.")
    }
}
