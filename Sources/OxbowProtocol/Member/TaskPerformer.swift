/// What a performed task gives: the bodies to send, by rising slot, and messages for the broker.
public struct TaskResult: Sendable {
    public var bodies: [any BodyStorage]
    public var messages: [ControlMessage]

    public init(bodies: [any BodyStorage] = [], messages: [ControlMessage] = []) {
        self.bodies = bodies
        self.messages = messages
    }
}

/// Performs a member's compute directives, one at a time and in order. Never called from two threads at once.
public protocol TaskPerformer: AnyObject {
    /// - Throws: a sentence for the user when the task cannot be done; the run then fails with it.
    func perform(_ task: MemberTask, inputs: [any BodyStorage]) throws -> TaskResult
}
