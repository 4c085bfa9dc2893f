import OxbowProtocol

/// Where a round's time went: parts that add up to the wall clock, and on whom it was waited.
public struct RoundTime: Codable, Hashable, Sendable {
    /// Seconds on the critical path.
    public struct Parts: Codable, Hashable, Sendable {
        public var computeEdge = 0.0
        public var computeCore = 0.0
        public var codec = 0.0
        public var wire = 0.0
        public var queue = 0.0
        public var save = 0.0
        public var wait = 0.0

        public var sum: Double { computeEdge + computeCore + codec + wire + queue + save + wait }

        static func += (a: inout Parts, b: Parts) {
            a.computeEdge += b.computeEdge
            a.computeCore += b.computeCore
            a.codec += b.codec
            a.wire += b.wire
            a.queue += b.queue
            a.save += b.save
            a.wait += b.wait
        }
    }

    /// What all waited for one member.
    public struct Awaited: Codable, Hashable, Sendable {
        public var member: String
        /// How often it was the last.
        public var times: Int
        public var compute: Double
        public var codec: Double
        public var wire: Double
        public var save: Double
        public var seconds: Double { compute + codec + wire + save }
    }

    /// nil after the last round, or before the first one.
    public var round: UInt32?
    /// Whether its barrier was committed.
    public var isCommitted: Bool
    public var seconds: Double
    public var parts: Parts
    /// The longest first.
    public var path: [Awaited]
}

/// How a member's answers divide, by what it said of a round's steps.
public struct AnswerShares: Hashable, Sendable {
    /// Shares of an answer's time; the rest is wire.
    public var compute: Double
    public var codec: Double
    var wireSecondsPerByte: Double

    /// Without metrics everything is computing.
    static let unknown = AnswerShares(compute: 1, codec: 0, wireSecondsPerByte: 0)
}

/// Sums of one member over a round's steps.
struct MemberSums {
    var compute = 0.0
    var codec = 0.0
    var answers = 0.0
    var byteCount = 0.0

    mutating func add(_ metrics: StepMetrics) {
        compute += max(0, metrics.computeSeconds)
        codec += max(0, metrics.codecSeconds)
    }

    mutating func add(_ response: Response) {
        guard response.member.role == .edge || response.isLast, response.key.exchange != .modelDeltas else { return }
        answers += Double(response.answered_ns &- response.began_ns) / 1e9
        byteCount += Double(response.byteCount)
    }

    var shares: AnswerShares {
        // What members say is finite; sums of it need not be.
        guard compute + codec > 0, (compute + codec).isFinite, answers > 0 else { return .unknown }
        // A clock's last digits can make the parts more than the whole.
        let whole = max(answers, compute + codec)
        return AnswerShares(
            compute: compute / whole, codec: codec / whole,
            wireSecondsPerByte: byteCount > 0 ? max(0, whole - compute - codec) / byteCount : 0)
    }
}
