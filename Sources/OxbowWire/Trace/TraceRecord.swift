import OxbowProtocol

/// One record of a trace: what happened at the broker, and when.
public struct TraceRecord: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case header(TraceHeader)
        case message(TraceMessage)
        /// A `JournalRecord` as JSON.
        case decision(String)
        /// A `BrokerNote` as JSON.
        case note(String)
        case end(TraceEnd)
    }

    /// Nanoseconds since the broker began.
    public var time_ns: UInt64
    public var content: Content

    public init(time_ns: UInt64, _ content: Content) { (self.time_ns, self.content) = (time_ns, content) }
}

/// What fixes a run's bits, and where it was recorded.
public struct TraceHeader: Hashable, Sendable {
    public var run: String
    public var release: String
    /// Libraries and instruction sets, for people.
    public var kernels: String
    /// oneDNN's.
    public var instructionSet: String
    public var oneDNN: String
    public var cores: UInt32
    /// Of the core.
    public var lanes: UInt32
    /// Of one primitive.
    public var threads: UInt32
    public var algorithms: [TraceAlgorithm]
    public var seed: UInt64
    /// The effective experiment as YAML, without data folders and domains.
    public var experiment: String
    /// Wall clock of this record, since 1970.
    public var startedSeconds: Double
    public var holdsBodies: Bool

    public init(
        run: String = "", release: String = "", kernels: String = "", instructionSet: String = "", oneDNN: String = "",
        cores: UInt32 = 0, lanes: UInt32 = 0, threads: UInt32 = 1, algorithms: [TraceAlgorithm] = [], seed: UInt64 = 0,
        experiment: String = "", startedSeconds: Double = 0, holdsBodies: Bool = false
    ) {
        (self.run, self.release, self.kernels) = (run, release, kernels)
        (self.instructionSet, self.oneDNN) = (instructionSet, oneDNN)
        (self.cores, self.lanes, self.threads) = (cores, lanes, threads)
        (self.algorithms, self.seed, self.experiment) = (algorithms, seed, experiment)
        (self.startedSeconds, self.holdsBodies) = (startedSeconds, holdsBodies)
    }
}

/// Which algorithm a block's convolutions ran with.
public struct TraceAlgorithm: Hashable, Sendable {
    public var block: String
    public var algorithm: String
    public init(block: String, algorithm: String) { (self.block, self.algorithm) = (block, algorithm) }
}

/// A message as it crossed the broker.
public struct TraceMessage: Hashable, Sendable {
    public enum Direction: UInt8, Hashable, Sendable, CaseIterable {
        /// Taken from the broker's socket.
        case received = 0
        /// Given to it.
        case sent = 1
    }

    public var direction: Direction
    public var connection: UInt64
    /// At the other end of the connection; nil before that is known.
    public var member: MemberID?
    /// Of a body that was passed on: when it had come.
    public var received_ns: UInt64?
    public var envelope: Envelope
    /// Bytes of the body.
    public var bodyLength: UInt64
    /// XXH3-128 of the body: 16 bytes.
    public var bodyHash: [UInt8]
    /// The encoded `ControlMessage`; nil for other bodies.
    public var controlBody: [UInt8]?

    public init(
        direction: Direction, connection: UInt64, member: MemberID?, received_ns: UInt64? = nil, envelope: Envelope,
        bodyLength: UInt64, bodyHash: [UInt8], controlBody: [UInt8]? = nil
    ) {
        (self.direction, self.connection, self.member) = (direction, connection, member)
        (self.received_ns, self.envelope) = (received_ns, envelope)
        (self.bodyLength, self.bodyHash, self.controlBody) = (bodyLength, bodyHash, controlBody)
    }

    /// Of a bulk message.
    public var key: ExchangeKey? {
        if case .bulk(let key) = envelope.content { key } else { nil }
    }

    /// Throws `WireError` if the recorded body is no control message; nil if there is none.
    public func control() throws(WireError) -> ControlMessage? {
        guard let controlBody else { return nil }
        return try controlBody.withUnsafeBufferPointer { bytes throws(WireError) in
            try ControlCodec.decode(UnsafeRawBufferPointer(bytes))
        }
    }
}

/// How a run ended, and what its broker routed.
public struct TraceEnd: Hashable, Sendable {
    /// `finished`, or a sentence.
    public var outcome: String
    /// Of the last committed barrier; empty if there was none.
    public var stateHash: String
    public var received: UInt64
    public var forwarded: UInt64
    public var refused: UInt64
    public var forwardedBytes: UInt64

    public init(
        outcome: String, stateHash: String = "", received: UInt64 = 0, forwarded: UInt64 = 0, refused: UInt64 = 0,
        forwardedBytes: UInt64 = 0
    ) {
        (self.outcome, self.stateHash, self.received) = (outcome, stateHash, received)
        (self.forwarded, self.refused, self.forwardedBytes) = (forwarded, refused, forwardedBytes)
    }
}
