/// Why libzmq refused something that does not depend on our own code: an address in use, a bad endpoint, no descriptors.
///
/// Would-block and unreachable peers are results, not errors; our own mistakes trap.
public struct ZeroMQError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// Another process, or another socket of this one, is bound there.
        case addressInUse
        /// The address belongs to no interface of this machine.
        case addressNotAvailable
        /// The endpoint cannot be read: scheme, host, port or path.
        case invalidEndpoint
        /// The system refuses: a privileged port, a folder that may not be written.
        case notPermitted
        /// No more descriptors or sockets.
        case tooManySockets
        /// The `errno` of any other refusal.
        case other(Int32)
    }

    public var code: Code
    /// What was tried, as a verb: "bind".
    public var operation: String
    /// On what: an endpoint, a kind of socket.
    public var subject: String
    /// libzmq's words for the reason.
    public var reason: String

    public init(code: Code, operation: String, subject: String, reason: String) {
        self.code = code
        self.operation = operation
        self.subject = subject
        self.reason = reason
    }

    public var description: String { "Unable to \(operation) '\(subject)': \(reason)." }
}
