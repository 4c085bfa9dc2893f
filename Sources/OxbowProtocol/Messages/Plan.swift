import OxbowModel

/// What is exchanged for one member in a run: its slot, its name for people, its cuts and how much data it has.
public struct Assignment: Codable, Hashable, Sendable {
    public var slot: UInt32
    public var workerID: String
    public var tier: String
    public var cuts: Cuts
    /// Training images of this worker; the weight of its contribution at a barrier.
    public var samples: UInt64

    public init(slot: UInt32, workerID: String, tier: String, cuts: Cuts, samples: UInt64) {
        self.slot = slot
        self.workerID = workerID
        self.tier = tier
        self.cuts = cuts
        self.samples = samples
    }
}

/// How clusters and weights are found at a barrier, and from what the run starts.
public struct MethodSettings: Codable, Hashable, Sendable {
    public enum Name: UInt8, Codable, Hashable, Sendable, CaseIterable {
        /// The published method, algorithm.md section 4.
        case published = 0
        /// The published method with its known weaknesses mended (docs/method.md).
        case oxbow = 1
    }
    public enum Start: UInt8, Codable, Hashable, Sendable, CaseIterable {
        /// All workers start from one state drawn from the seed.
        case common = 0
        /// Every worker draws its own state, as the published code does.
        case independent = 1
    }
    public enum Batches: UInt8, Codable, Hashable, Sendable, CaseIterable {
        /// A keyed permutation of the shard each epoch, always full batches.
        case permutation = 0
        /// A fresh random batch each step, as published.
        case fresh = 1
    }

    public var name: Name
    public var start: Start
    public var batches: Batches
    /// Number of clusters told in advance; 0 means: chosen from the data.
    public var clusters: UInt32
    /// Rounds at the start that average everybody by sample count only.
    public var plainRounds: UInt32
    /// Temperature of the divergence in the weights.
    public var alpha: Double
    /// Over how many of the round's last steps the signal is averaged.
    public var signalSteps: UInt32

    public init(
        name: Name, start: Start, batches: Batches, clusters: UInt32, plainRounds: UInt32, alpha: Double,
        signalSteps: UInt32
    ) {
        self.name = name
        self.start = start
        self.batches = batches
        self.clusters = clusters
        self.plainRounds = plainRounds
        self.alpha = alpha
        self.signalSteps = signalSteps
    }
}

/// Adam's constants.
public struct OptimizerSettings: Codable, Hashable, Sendable {
    public var learningRate: Double
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double

    public init(learningRate: Double = 2e-4, beta1: Double = 0.5, beta2: Double = 0.999, epsilon: Double = 1e-8) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }
}

/// Everything that fixes the bits of a run, together with its membership history.
public struct Plan: Codable, Hashable, Sendable {
    public var run: UInt64
    public var seed: UInt64
    public var model: ModelParameters
    public var batch: UInt32
    public var rounds: UInt32
    public var stepsPerRound: UInt32
    public var optimizer: OptimizerSettings
    public var method: MethodSettings
    /// Edges by rising slot.
    public var assignments: [Assignment]
    /// nil: workers score nothing.
    public var scoring: ScoringSettings?

    public init(
        run: UInt64, seed: UInt64, model: ModelParameters, batch: UInt32, rounds: UInt32, stepsPerRound: UInt32,
        optimizer: OptimizerSettings, method: MethodSettings, assignments: [Assignment], scoring: ScoringSettings? = nil
    ) {
        self.run = run
        self.seed = seed
        self.model = model
        self.batch = batch
        self.rounds = rounds
        self.stepsPerRound = stepsPerRound
        self.optimizer = optimizer
        self.method = method
        self.assignments = assignments
        self.scoring = scoring
    }
}
