import OxbowProtocol

/// Why an operator's command was not carried out: a code and a sentence.
public struct OperatorRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public let code: OperatorCode
    public let description: String

    public init(_ code: OperatorCode, _ description: String) {
        self.code = code
        self.description = description
    }
}

/// One run in a list.
public struct RunSummary: Codable, Hashable, Sendable {
    public var id: String
    public var state: FleetStatus.State
    public var round: UInt32
    public var rounds: UInt32
    /// Seconds since 1970.
    public var submitted: Double
    public var ended: Double?
    public var outcome: String?

    public init(
        id: String, state: FleetStatus.State, round: UInt32 = 0, rounds: UInt32, submitted: Double, ended: Double? = nil,
        outcome: String? = nil
    ) {
        self.id = id
        self.state = state
        self.round = round
        self.rounds = rounds
        self.submitted = submitted
        self.ended = ended
        self.outcome = outcome
    }
}

/// A file of a run.
public struct RunFile: Codable, Hashable, Sendable {
    /// Below the run's folder.
    public var path: String
    public var bytes: UInt64

    public init(path: String, bytes: UInt64) {
        self.path = path
        self.bytes = bytes
    }

    /// Whether it only ever grows while its run goes on; other files are replaced as a whole.
    public static func grows(_ path: String) -> Bool { path.hasSuffix(".jsonl") || path.hasSuffix(".oxtrace") }
}

/// A part of a file or of a log.
public struct FilePart: Hashable, Sendable {
    public var bytes: [UInt8]
    public var totalBytes: UInt64
    /// Parts of one version belong together.
    public var version: String

    public init(bytes: [UInt8], totalBytes: UInt64, version: String) {
        self.bytes = bytes
        self.totalBytes = totalBytes
        self.version = version
    }
}

/// What stands behind the operators' desk: the runs of a broker. Called on the thread that owns the sockets, so every
/// call must be short.
public protocol FleetService: AnyObject {
    /// Checks a submission, finds its name and keeps its file; the broker's machine hears of it next.
    func accept(_ submission: Submission) throws(OperatorRefusal) -> RunSettings
    /// Whether there is, or was, a run of this name.
    func knows(run: String) -> Bool
    /// Runs by their submission; `status` is the machine's.
    func list(_ status: FleetStatus) -> [RunSummary]
    /// Called after an operator stopped a run, with what the machine made of it.
    func reconcile(_ status: FleetStatus)
    func files(of run: String) throws(OperatorRefusal) -> [RunFile]
    func read(_ file: String, of run: String, offset: UInt64, most: Int) throws(OperatorRefusal) -> FilePart
    func log(of run: String, offset: UInt64, most: Int) throws(OperatorRefusal) -> FilePart
}
