import COxbowKernels

/// What oneDNN refused, as a sentence that names the subject and its shape.
public struct KernelError: Error, Hashable, Sendable, CustomStringConvertible {
    public var subject: String
    public var reason: String

    public init(subject: String, reason: String) {
        self.subject = subject
        self.reason = reason
    }

    public var description: String { "Unable to prepare '\(subject)': \(reason)." }
}

extension oxbow_error {
    /// The C string; empty when nothing failed.
    var text: String {
        var copy = message
        return withUnsafeBytes(of: &copy) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

/// Runs a primitive that was created for exactly these tensors; a failure here is our own bug, or no memory.
@inline(__always)
func execute(_ subject: @autoclosure () -> String, _ body: (inout oxbow_error) -> Int32) {
    var error = oxbow_error()
    if body(&error) != 0 {
        preconditionFailure("\(subject()): \(error.text)")
    }
}

/// Our own bug unless the tensor has as many elements as the shape says.
@inline(__always)
func expect(_ tensor: Tensor, _ count: Int, _ what: @autoclosure () -> String) {
    precondition(tensor.count == count, "\(what()): a tensor of shape \(tensor.shape), where \(count) elements belong")
}
