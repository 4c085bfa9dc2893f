import OxbowEvaluation
import OxbowExperiment

/// `report.json`: all that a run found out (docs/report.md). Names are snake case in the file.
public struct Report: Codable, Hashable, Sendable {
    public static let currentVersion = 1

    public var version = Report.currentVersion
    public var origin: Origin
    public var experiment: Experiment
    public var seed: UInt64
    public var stateHash: String?
    /// "finished", or why not.
    public var outcome: String
    /// Seconds since 1970.
    public var started: Double
    public var seconds: Double
    /// Those whose barrier is committed, rising.
    public var rounds: [Round]
    /// By slot.
    public var workers: [Worker]
    public var core: Core
    public var domains: [String: DomainScores]
    public var judges: [String: JudgeFacts]
    public var throughput: Throughput
    public var wire: Wire
    public var generators: [Generator]
    public var pictures: [Picture]
    /// Members that were lost, each with its reason.
    public var losses: [String]
    /// What broker, core and workers used, by name.
    public var processes: [String: ProcessUsage]
    // Reports of earlier releases lack what follows.
    /// In the order of time.
    public var membership: [MembershipEvent]?
    /// The first plan and each that replaced it; nil where the first one held to the end.
    public var plans: [PlanChange]?
    /// The last ones, by tier and exchange.
    public var deadlines: [Deadline]?
    /// By member and exchange.
    public var timings: [Timing]?
    public var scheduler: Scheduler?
    public var image: ImageFacts?

    public init(
        origin: Origin, experiment: Experiment, stateHash: String?, outcome: String, started: Double, seconds: Double,
        rounds: [Round], workers: [Worker], core: Core, domains: [String: DomainScores], judges: [String: JudgeFacts],
        throughput: Throughput, wire: Wire, generators: [Generator], pictures: [Picture], losses: [String],
        processes: [String: ProcessUsage] = [:]
    ) {
        self.origin = origin
        self.experiment = experiment
        self.seed = experiment.seed
        self.stateHash = stateHash
        self.outcome = outcome
        self.started = started
        self.seconds = seconds
        self.rounds = rounds
        self.workers = workers
        self.core = core
        self.domains = domains
        self.judges = judges
        self.throughput = throughput
        self.wire = wire
        self.generators = generators
        self.pictures = pictures
        self.losses = losses
        self.processes = processes
    }

    /// What a run that came to its end says of itself.
    public static let finished = "finished"
    public var isFinished: Bool { outcome == Report.finished }
}

extension Report {
    /// What the bits of a run hang on beyond its configuration, and how it was started.
    public struct Origin: Codable, Hashable, Sendable {
        /// Of this program.
        public var release: String
        /// Libraries and instruction sets that computed.
        public var kernels: String
        /// The command line, without the program's name and the folder for the results.
        public var arguments: [String]

        public init(release: String, kernels: String, arguments: [String]) {
            self.release = release
            self.kernels = kernels
            self.arguments = arguments
        }
    }

    public struct Worker: Codable, Hashable, Sendable {
        public var id: String
        public var name: String
        public var tier: String
        public var domain: String
        public var samples: UInt64
        /// `[gh, gt, dh, dt]`.
        public var cuts: [Int]
        /// Who chose the cuts, and by what rule.
        public var cutsBy: String
        public var bytesSent: UInt64
        public var bytesReceived: UInt64
        public var secondsBy: MemberSeconds

        public init(
            id: String, name: String, tier: String, domain: String, samples: UInt64, cuts: [Int], cutsBy: String,
            bytesSent: UInt64, bytesReceived: UInt64, secondsBy: MemberSeconds
        ) {
            self.id = id
            self.name = name
            self.tier = tier
            self.domain = domain
            self.samples = samples
            self.cuts = cuts
            self.cutsBy = cutsBy
            self.bytesSent = bytesSent
            self.bytesReceived = bytesReceived
            self.secondsBy = secondsBy
        }
    }

    public struct Core: Codable, Hashable, Sendable {
        public var secondsBy: MemberSeconds
        public init(secondsBy: MemberSeconds) { self.secondsBy = secondsBy }
    }

    /// Seconds of one member over the steps of all committed rounds.
    public struct MemberSeconds: Codable, Hashable, Sendable {
        public var compute: Double
        /// Encoding and decoding messages.
        public var wire: Double
        /// Until the next message came: others compute, or bytes are under way.
        public var wait: Double

        public init(compute: Double = 0, wire: Double = 0, wait: Double = 0) {
            self.compute = compute
            self.wire = wire
            self.wait = wait
        }

        public var total: Double { compute + wire + wait }
    }

    public struct Throughput: Codable, Hashable, Sendable {
        public var samplesPerSecond: Double
        public var stepSeconds: StepSeconds

        public init(samplesPerSecond: Double, stepSeconds: StepSeconds) {
            self.samplesPerSecond = samplesPerSecond
            self.stepSeconds = stepSeconds
        }
    }

    public struct StepSeconds: Codable, Hashable, Sendable {
        public var median: Double
        public var p95: Double

        public init(median: Double, p95: Double) {
            self.median = median
            self.p95 = p95
        }
    }

    public struct Wire: Codable, Hashable, Sendable {
        public var bytesPerWorkerStep: Double
        public var encoding: String

        public init(bytesPerWorkerStep: Double, encoding: String = "float32") {
            self.bytesPerWorkerStep = bytesPerWorkerStep
            self.encoding = encoding
        }
    }

    public struct Generator: Codable, Hashable, Sendable {
        public var cluster: Int
        public var workers: [String]
        public var file: String

        public init(cluster: Int, workers: [String], file: String) {
            self.cluster = cluster
            self.workers = workers
            self.file = file
        }
    }

    /// A grid of generated images in `samples/`: a row for each class, rising from 0.
    public struct Picture: Codable, Hashable, Sendable {
        public var round: Int
        /// Whose grid it is: a domain's, or else a cluster's.
        public var domain: String?
        public var cluster: Int?
        /// Name of the file in `samples/`.
        public var file: String
        public var classes: Int

        public init(round: Int, domain: String? = nil, cluster: Int? = nil, file: String, classes: Int) {
            self.round = round
            self.domain = domain
            self.cluster = cluster
            self.file = file
            self.classes = classes
        }
    }
}
