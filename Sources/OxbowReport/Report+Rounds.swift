import OxbowEvaluation

extension Report {
    /// What happened up to one committed barrier.
    public struct Round: Codable, Hashable, Sendable {
        public var round: Int
        public var steps: Int
        public var seconds: Double
        /// When its barrier was committed: seconds since 1970.
        public var committedAt: Double
        public var hash: String
        public var clusters: [[String]]
        /// By worker, within its cluster.
        public var weights: [String: Double]
        public var divergence: [String: Double]
        public var loss: Loss
        public var bytes: Bytes
        public var secondsBy: SecondsBy
        public var domains: [String: Scores]
        /// Workers that took part, by slot; nil in reports of earlier releases.
        public var members: [String]?

        public init(
            round: Int, steps: Int, seconds: Double, committedAt: Double, hash: String, clusters: [[String]],
            weights: [String: Double], divergence: [String: Double], loss: Loss, bytes: Bytes, secondsBy: SecondsBy,
            domains: [String: Scores], members: [String]? = nil
        ) {
            self.round = round
            self.steps = steps
            self.seconds = seconds
            self.committedAt = committedAt
            self.hash = hash
            self.clusters = clusters
            self.weights = weights
            self.divergence = divergence
            self.loss = loss
            self.bytes = bytes
            self.secondsBy = secondsBy
            self.domains = domains
            self.members = members
        }

        /// The cluster that a worker was in; nil for one that was away.
        public func cluster(of worker: String) -> Int? { clusters.firstIndex { $0.contains(worker) } }
    }

    /// Means over workers and steps.
    public struct Loss: Codable, Hashable, Sendable {
        public var dReal: Double
        public var dFake: Double
        public var g: Double

        public init(dReal: Double, dFake: Double, g: Double) {
            self.dReal = dReal
            self.dFake = dFake
            self.g = g
        }
    }

    /// Sums over the workers: to the core, and from it.
    public struct Bytes: Codable, Hashable, Sendable {
        public var up: UInt64
        public var down: UInt64

        public init(up: UInt64, down: UInt64) {
            self.up = up
            self.down = down
        }
    }

    /// Seconds of a round. Of the workers' means: computing, encoding and decoding, waiting beyond the core's computing.
    public struct SecondsBy: Codable, Hashable, Sendable {
        public var computeEdge: Double
        public var computeCore: Double
        public var wire: Double
        public var wait: Double

        public init(computeEdge: Double, computeCore: Double, wire: Double, wait: Double) {
            self.computeEdge = computeEdge
            self.computeCore = computeCore
            self.wire = wire
            self.wait = wait
        }
    }
}

extension Report {
    /// Samples that the workers trained on in a second of a round, its barrier included; nil where no time passed.
    public func samplesPerSecond(_ round: Round) -> Double? {
        guard round.seconds > 0 else { return nil }
        let members = round.members?.count ?? workers.count
        return Double(round.steps) * Double(members) * Double(experiment.model.batch) / round.seconds
    }

    /// Names of the run's domains in the experiment's order.
    public var domainNames: [String] { experiment.data.domains }

    /// Under which names there may be scores: a fleet's workers tell no domains.
    var scoredNames: [String] { isOfFleet ? [Report.untold] : domainNames }

    /// For people.
    func scoredTitle(_ domain: String) -> String { domain == Report.untold ? "workers" : domain }
}
