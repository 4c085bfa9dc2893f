/// Finds out that nothing moves: looked at with each tick, it remembers since when what is awaited stays the same.
struct StallDetector: Sendable {
    /// What is awaited, and how far it has come.
    struct Mark: Hashable, Sendable {
        var awaited: Awaited
        /// Rises with each change of membership.
        var term: UInt32
        /// Messages and files of the order under way that are here.
        var arrived: Int
    }

    private var mark: Mark?
    private var since = Duration.zero
    private var isTold = false

    /// Nothing is said of shorter waits, nor of those that are as long as a few usual steps.
    private static let (least, steps) = (Duration.seconds(10), 4)

    /// - Parameters:
    ///   - mark: nil where nothing is awaited.
    ///   - step: what a step takes, if that is known.
    /// - Returns: what there is to tell: that it stalls, once, and later that it moves again.
    mutating func look(at mark: Mark?, step: Duration?, _ now: Duration) -> BrokerNote? {
        guard mark == self.mark else { return change(to: mark, now) }
        guard let mark, !isTold, now - since >= max(Self.least, (step ?? .zero) * Self.steps) else { return nil }
        isTold = true
        return .stalled(Stall(mark.awaited, seconds: (now - since).inSeconds))
    }

    private mutating func change(to mark: Mark?, _ now: Duration) -> BrokerNote? {
        defer { (self.mark, since, isTold) = (mark, now, false) }
        return isTold ? .moving(afterSeconds: (now - since).inSeconds) : nil
    }

    /// How long what is awaited has been the same.
    func waited(at now: Duration) -> Duration? { mark.map { _ in max(.zero, now - since) } }
}

/// What a run waits for, and whom or what it is to come from, in words.
public struct Awaited: Codable, Hashable, Sendable {
    public var what: String
    public var from: [String]

    public init(what: String, from: [String]) {
        self.what = what
        self.from = from
    }
}

/// Nothing moves: what is awaited, from whom, since when.
public struct Stall: Codable, Hashable, Sendable {
    public var what: String
    public var from: [String]
    public var seconds: Double

    public init(_ awaited: Awaited, seconds: Double) {
        (what, from) = (awaited.what, awaited.from)
        self.seconds = seconds
    }
}
