/// Why a trace cannot be computed again; a sentence for people.
public struct ReplayError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The trace, or the traces before it, lack what a member's work followed from.
        case incomplete
    }

    public let code: Code
    public let description: String

    public init(_ code: Code, _ description: String) { (self.code, self.description) = (code, description) }
}
