import OxbowModel
import OxbowScheduling

/// An experiment with every value settled: the effective configuration.
///
/// Encodes to the names of the YAML file, so that what a report shows can be run again.
public struct Experiment: Codable, Hashable, Sendable {
    public var seed: UInt64
    public var model: ModelSettings
    public var data: DataSettings
    public var fleet: [FleetEntry]
    public var core: CoreSettings
    public var rounds: Int
    /// Exactly one of `stepsPerRound` and `localEpochs` is given.
    public var stepsPerRound: Int?
    public var localEpochs: Int?
    public var method: Method
    public var methodOptions: MethodOptions
    public var optimizer: Optimizer
    public var membership: Membership
    /// The one dial for waiting; 1 is usual.
    public var patience: Double
    /// The share of the workers without which an elastic run does not go on.
    public var quorum: Double
    /// What a machine must offer to be taken into a tier.
    public var requires: [String: Requirement]
    /// Blocks to keep at home beyond the first and beyond the last.
    public var minHead: Int
    public var minTail: Int
    public var scheduler: Scheduler
    public var evaluation: Evaluation

    enum CodingKeys: String, CodingKey, CaseIterable {
        case seed, model, data, fleet, core, rounds, method, optimizer, membership, patience, quorum, requires, scheduler,
            evaluation
        case stepsPerRound = "steps_per_round"
        case localEpochs = "local_epochs"
        case methodOptions = "method_options"
        case minHead = "min_head"
        case minTail = "min_tail"
    }

    /// Which training method runs.
    public enum Method: String, Codable, Hashable, Sendable, CaseIterable {
        case oxbow, published
    }

    /// What happens when a member is lost.
    public enum Membership: String, Codable, Hashable, Sendable, CaseIterable {
        case strict, elastic
    }

    public struct ModelSettings: Codable, Hashable, Sendable {
        /// Multiplies every channel count.
        public var width: Double
        /// Images of a worker's batch.
        public var batch: Int
        /// Length of the noise vector.
        public var noise: Int
    }

    public struct Optimizer: Codable, Hashable, Sendable {
        public var learningRate: Double

        enum CodingKeys: String, CodingKey, CaseIterable {
            case learningRate = "learning_rate"
        }
    }

    public struct Requirement: Codable, Hashable, Sendable {
        /// Bytes.
        public var memory: Int?
        public var tags: [String: String]
        public var minWorkers: Int

        enum CodingKeys: String, CodingKey, CaseIterable {
            case memory, tags
            case minWorkers = "min_workers"
        }
    }

    public struct Scheduler: Codable, Hashable, Sendable {
        public enum PlannerName: String, Codable, Hashable, Sendable, CaseIterable {
            case exact, genetic, uniform
        }
        public enum CostModel: String, Codable, Hashable, Sendable, CaseIterable {
            case physical, published
        }
        public enum Replanning: String, Codable, Hashable, Sendable, CaseIterable {
            case declared, measured, off
        }
        public var planner: PlannerName
        public var costModel: CostModel
        public var replan: Replanning

        enum CodingKeys: String, CodingKey, CaseIterable {
            case planner, replan
            case costModel = "cost_model"
        }
    }

    public struct Evaluation: Codable, Hashable, Sendable {
        /// Rounds between two evaluations; 0: only after the last round.
        public var every: Int
        /// Images that are generated and scored for each domain; 0: nothing is evaluated and no judge is needed.
        public var samples: Int
        /// Whether a classifier is trained on generated images, which takes its time.
        public var classification: Bool
        /// Generated images that each classifier is trained on.
        public var classificationImages: Int
        /// How often it is shown each of them.
        public var classificationEpochs: Int

        enum CodingKeys: String, CodingKey, CaseIterable {
            case every, samples, classification
            case classificationImages = "classification_images"
            case classificationEpochs = "classification_epochs"
        }
    }
}
