/// A run that an operator wants served.
public struct Submission: Hashable, Sendable {
    /// Empty: the broker finds one.
    public var name: String
    /// Form of the fleet's images and how many classes they have.
    public var imageHeight: UInt32
    public var imageWidth: UInt32
    public var imageChannels: UInt32
    public var classes: UInt32
    /// The experiment's file, without data folders and domains.
    public var experiment: String

    public init(
        name: String = "", imageHeight: UInt32 = 28, imageWidth: UInt32 = 28, imageChannels: UInt32 = 1,
        classes: UInt32 = 10, experiment: String
    ) {
        self.name = name
        self.imageHeight = imageHeight
        self.imageWidth = imageWidth
        self.imageChannels = imageChannels
        self.classes = classes
        self.experiment = experiment
    }
}

/// What an operator wants of a broker.
public enum OperatorCommand: Hashable, Sendable {
    /// A challenge; the only command without one.
    case hello
    case submit(Submission)
    case list
    case status
    /// Bytes of the run's log from `offset` on.
    case logs(run: String, offset: UInt64, mostBytes: UInt32)
    /// Once or often: the same.
    case stop(run: String, reason: String)
    /// Names and sizes of what the run left so far.
    case files(run: String)
    /// Bytes of one of those from `offset` on.
    case fetch(run: String, file: String, offset: UInt64, mostBytes: UInt32)
}

/// A command with the proof that its sender has the operators' key.
public struct OperatorRequest: Hashable, Sendable {
    /// The broker's, for this one request; empty with `hello`.
    public var challenge: [UInt8]
    /// HMAC-SHA-256 of challenge and command; empty with `hello`.
    public var mac: [UInt8]
    /// An encoded `OperatorCommand`, unopened until the proof is found right.
    public var command: [UInt8]

    public init(challenge: [UInt8] = [], mac: [UInt8] = [], command: [UInt8]) {
        self.challenge = challenge
        self.mac = mac
        self.command = command
    }
}

/// What became of a request. Numbers are stable; docs/steering.md lists them.
public enum OperatorCode: UInt32, Hashable, Sendable, CaseIterable {
    case done = 0
    /// Not of an operator: another key, a challenge that is not the connection's last, or bytes that say nothing.
    case refused = 1
    /// The broker has no key: it was started without a state folder.
    case notServed = 2
    case unknownRun = 3
    case unknownFile = 4
    /// The experiment, the name or a number cannot be used.
    case unusable = 5
    /// The broker could not do it: its disk, or an answer that is too long.
    case failed = 6
}

/// The broker's answer to an operator.
public struct OperatorReply: Hashable, Sendable {
    /// For the next request of this connection; empty where there is none.
    public var nextChallenge: [UInt8]
    public var code: OperatorCode
    /// For people; with `submit` the run's name, with `fetch` which version of the file the bytes are of.
    public var message: String
    /// Of the whole file or log of which `content` is a part.
    public var totalBytes: UInt64
    /// JSON, or bytes of a file.
    public var content: [UInt8]

    public init(
        nextChallenge: [UInt8] = [], code: OperatorCode = .done, message: String = "", totalBytes: UInt64 = 0,
        content: [UInt8] = []
    ) {
        self.nextChallenge = nextChallenge
        self.code = code
        self.message = message
        self.totalBytes = totalBytes
        self.content = content
    }
}
