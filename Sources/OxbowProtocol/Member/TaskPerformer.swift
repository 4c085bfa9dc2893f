/// What a performed task gives: the bodies to send, by rising slot, and messages for the broker.
public struct TaskResult: Sendable {
    public var bodies: [any BodyStorage]
    public var messages: [ControlMessage]
    /// Of a core at a barrier: files for the broker to store.
    public var artifacts: [Artifact]

    public init(bodies: [any BodyStorage] = [], messages: [ControlMessage] = [], artifacts: [Artifact] = []) {
        self.bodies = bodies
        self.messages = messages
        self.artifacts = artifacts
    }
}

/// A file on its way to the broker.
public struct Artifact: Sendable {
    public var key: ArtifactKey
    public var body: any BodyStorage

    public init(_ key: ArtifactKey, _ body: any BodyStorage) {
        self.key = key
        self.body = body
    }
}

/// Performs a member's compute directives, one at a time and in order. Never called from two threads at once.
public protocol TaskPerformer: AnyObject {
    /// - Throws: a sentence for the user when the task cannot be done; the run then fails with it.
    func perform(_ task: MemberTask, inputs: [any BodyStorage]) throws -> TaskResult
}
