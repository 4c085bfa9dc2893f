import OxbowProtocol

/// Why bytes, or a message that was to become bytes, were refused. A peer's fault, or a limit; never a trap.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `.malformed` or `.tooLarge`: what the peer is told.
    public var code: ErrorCode
    /// What was refused: "envelope", "hello", "body".
    public var subject: String
    /// A clause that says what is wrong, naming the field and the limit.
    public var reason: String

    public init(code: ErrorCode, subject: String, reason: String) {
        self.code = code
        self.subject = subject
        self.reason = reason
    }

    public var description: String { "Refused \(subject): \(reason)." }

    static func malformed(_ subject: String, _ reason: String) -> WireError {
        WireError(code: .malformed, subject: subject, reason: reason)
    }

    static func tooLarge(_ subject: String, _ reason: String) -> WireError {
        WireError(code: .tooLarge, subject: subject, reason: reason)
    }
}
