/// The form of a worker's data, never the data. All zero for a core.
public struct DataForm: Hashable, Sendable {
    public var samples: UInt64
    public var height: UInt32
    public var width: UInt32
    public var channels: UInt32
    public var classes: UInt32
    /// SHA-256 of images and labels, so that a run can be computed again from the same ones; empty where it is not told.
    public var digest: [UInt8]

    public init(
        samples: UInt64 = 0, height: UInt32 = 0, width: UInt32 = 0, channels: UInt32 = 0, classes: UInt32 = 0,
        digest: [UInt8] = []
    ) {
        self.digest = digest
        self.samples = samples
        self.height = height
        self.width = width
        self.channels = channels
        self.classes = classes
    }
}

/// The first message on each of a peer's two connections.
public struct Hello: Hashable, Sendable {
    public var lowestVersion: UInt32
    public var highestVersion: UInt32
    /// The worker's stable name (its key, once keys are in use).
    public var workerID: String
    public var role: Role
    public var tier: String
    public var lane: Lane
    /// Drawn by the peer for this session; the bulk hello must carry the nonce of the control hello.
    public var nonce: UInt64
    public var capabilities: Capabilities
    /// As measured in an earlier session; all zero before that.
    public var link: LinkQuality
    public var data: DataForm
    /// Barriers (rounds) whose state the peer can restore, newest last.
    public var savedBarriers: [UInt32]
    /// The run those barriers belong to; 0 for none.
    public var savedRun: UInt64

    public init(
        lowestVersion: UInt32 = ProtocolVersion.lowest, highestVersion: UInt32 = ProtocolVersion.highest,
        workerID: String, role: Role, tier: String, lane: Lane, nonce: UInt64,
        capabilities: Capabilities = Capabilities(), link: LinkQuality = LinkQuality(), data: DataForm = DataForm(),
        savedBarriers: [UInt32] = [], savedRun: UInt64 = 0
    ) {
        self.lowestVersion = lowestVersion
        self.highestVersion = highestVersion
        self.workerID = workerID
        self.role = role
        self.tier = tier
        self.lane = lane
        self.nonce = nonce
        self.capabilities = capabilities
        self.link = link
        self.data = data
        self.savedBarriers = savedBarriers
        self.savedRun = savedRun
    }
}

/// The broker's answer to a control hello.
public struct Welcome: Hashable, Sendable {
    public var version: UInt32
    public var member: MemberID
    public var sessionEpoch: UInt32
    /// Bulk messages the peer may have under way at first.
    public var credits: UInt32
    public var heartbeat_ms: UInt32
    /// A peer silent for this long has lost its lease.
    public var lease_ms: UInt32
    /// The peer is to measure its link and say what it found.
    public var probesLink: Bool

    public init(
        version: UInt32, member: MemberID, sessionEpoch: UInt32, credits: UInt32, heartbeat_ms: UInt32, lease_ms: UInt32,
        probesLink: Bool = false
    ) {
        self.version = version
        self.member = member
        self.sessionEpoch = sessionEpoch
        self.credits = credits
        self.heartbeat_ms = heartbeat_ms
        self.lease_ms = lease_ms
        self.probesLink = probesLink
    }
}

/// The half of a step: its D commit follows exchange 3, its G commit exchange 6.
public enum Half: UInt8, Codable, Hashable, Sendable, CaseIterable {
    case discriminator = 0
    case generator = 1
}

/// One half of one step of one round.
public struct HalfStep: Codable, Hashable, Sendable, CustomStringConvertible {
    public var round: UInt32
    public var step: UInt32
    public var half: Half

    public init(round: UInt32, step: UInt32, half: Half) {
        self.round = round
        self.step = step
        self.half = half
    }

    public var description: String { "round \(round) step \(step) \(half)" }
}

/// The broker's order to all members: first commit, then go on.
public struct StepControl: Codable, Hashable, Sendable {
    public enum Commit: Codable, Hashable, Sendable {
        case nothing
        case half(HalfStep)
        /// The barrier at the end of this round is durable everywhere.
        case barrier(UInt32)
    }
    public enum Next: Codable, Hashable, Sendable {
        /// Stop and keep the committed state; a plan follows when all are back.
        case pause
        /// Compute this half. `regenerate`: a generator half that repeats G's forward pass, since the members changed.
        case half(HalfStep, regenerate: Bool)
        /// Send the model deltas of this round, install what comes back, save it.
        case barrier(UInt32)
        /// The run is over; the last committed barrier is its result. Stay: another may come.
        case rest
        /// The run is over, as above, and so is the fleet: leave.
        case finish
    }

    public var term: UInt32
    /// Slots of the edges that take part, rising.
    public var members: [UInt32]
    public var commit: Commit
    public var next: Next
    /// With a barrier: the assignments in force once it is committed, one for each member; nil: those from before.
    public var amendment: [Assignment]?

    public init(term: UInt32, members: [UInt32], commit: Commit, next: Next, amendment: [Assignment]? = nil) {
        self.term = term
        self.members = members
        self.commit = commit
        self.next = next
        self.amendment = amendment
    }

    /// The round that what it orders belongs to; nil where nothing is left to do.
    public var round: UInt32? {
        switch next {
        case .half(let half, _): half.round
        case .barrier(let round): round
        case .pause, .rest, .finish: nil
        }
    }
}

/// A worker's numbers for one step, or the core's; losses are means over a batch, never of one sample.
public struct StepMetrics: Codable, Hashable, Sendable {
    public var round: UInt32
    public var step: UInt32
    public var lossReal: Double
    public var lossFake: Double
    public var lossGenerator: Double
    public var computeSeconds: Double
    public var waitSeconds: Double
    public var codecSeconds: Double

    public init(
        round: UInt32, step: UInt32, lossReal: Double = 0, lossFake: Double = 0, lossGenerator: Double = 0,
        computeSeconds: Double = 0, waitSeconds: Double = 0, codecSeconds: Double = 0
    ) {
        self.round = round
        self.step = step
        self.lossReal = lossReal
        self.lossFake = lossFake
        self.lossGenerator = lossGenerator
        self.computeSeconds = computeSeconds
        self.waitSeconds = waitSeconds
        self.codecSeconds = codecSeconds
    }
}

/// What the core found at a barrier, for the report.
public struct AggregationReport: Codable, Hashable, Sendable {
    public struct Entry: Codable, Hashable, Sendable {
        public var slot: UInt32
        public var cluster: UInt32
        public var clusterDivergence: Double
        public var globalDivergence: Double
        public var clusterWeight: Double
        public var globalWeight: Double

        public init(
            slot: UInt32, cluster: UInt32, clusterDivergence: Double, globalDivergence: Double, clusterWeight: Double,
            globalWeight: Double
        ) {
            self.slot = slot
            self.cluster = cluster
            self.clusterDivergence = clusterDivergence
            self.globalDivergence = globalDivergence
            self.clusterWeight = clusterWeight
            self.globalWeight = globalWeight
        }
    }
    public var round: UInt32
    /// By rising slot.
    public var entries: [Entry]

    public init(round: UInt32, entries: [Entry]) {
        self.round = round
        self.entries = entries
    }
}

/// Why a peer is refused or a run fails. Numbers are stable; docs/protocol.md lists them.
public enum ErrorCode: UInt32, Codable, Hashable, Sendable, CaseIterable {
    case versionMismatch = 1
    case malformed = 2
    case notWelcome = 3
    case staleSession = 4
    case wrongSender = 5
    case creditExceeded = 6
    case unfitData = 7
    case unfitCapability = 8
    case noFreeSlot = 9
    case duplicateWorker = 10
    case staleBarrier = 11
    case computeFailed = 12
    case tooLarge = 13
    case runFailed = 14
    /// A claim, or a message, beyond what the connection's key is enrolled for.
    case notEnrolled = 15
}

/// A message whose only use is the time that it takes.
public struct LinkProbe: Hashable, Sendable {
    public var number: UInt32
    /// How many bytes the answer is to carry.
    public var answerBytes: UInt32
    public var padding: [UInt8]

    public init(number: UInt32, answerBytes: UInt32 = 0, padding: [UInt8] = []) {
        self.number = number
        self.answerBytes = answerBytes
        self.padding = padding
    }
}

/// A body that the broker opens: what it and its peers say to each other.
public enum ControlMessage: Hashable, Sendable {
    case hello(Hello)
    case welcome(Welcome)
    /// The run's plan, and the barrier from whose state to start (0: the initial state); a later term replaces it.
    case plan(Plan, startBarrier: UInt32, term: UInt32)
    /// The plan is taken and the state of this barrier loaded; `digest` is its SHA-256.
    case ready(barrier: UInt32, digest: [UInt8])
    case stepControl(StepControl)
    /// The state of this barrier is on disk; `digest` is its SHA-256. So many artifacts are under way on the bulk lane.
    case barrierSaved(term: UInt32, round: UInt32, digest: [UInt8], artifacts: UInt32 = 0)
    /// The state of this barrier could not be written, and why; the member tries again. Nothing is lost: the barrier waits.
    case saveFailed(term: UInt32, round: UInt32, reason: String)
    case metrics(StepMetrics)
    case aggregation(AggregationReport)
    /// From an edge: what its judge says of its generator after a barrier.
    case scores(RoundScores)
    /// Alive; `busy` while computing. The broker answers a heartbeat with one of its own.
    case heartbeat(busy: Bool, round: UInt32, step: UInt32)
    /// On the bulk lane, from a peer: answer with so many bytes. From the broker: the answer to the probe of this number.
    case probe(LinkProbe)
    /// From a peer: what its probes found.
    case link(LinkQuality)
    /// From a member: let me go at the end of the step under way.
    case leaving(reason: String)
    /// To a member: it does not take part in the run under way, and why.
    case standby(reason: String)
    case error(ErrorCode, message: String)
    /// From a peer: it leaves. From the broker: it is let go.
    case goodbye(reason: String)
}
