import OxbowData
import OxbowModel
import OxbowScheduling

extension Experiment {
    public struct DataSettings: Codable, Hashable, Sendable {
        /// The data folder; nil: the usual one.
        public var dir: String?
        public var domains: [String]
        public var partition: Partition

        /// The data folder.
        public var folder: DataFolder { DataFolder(dir ?? DataFolder.defaultPath) }
    }

    /// Workers of one tier on one domain.
    public struct FleetEntry: Codable, Hashable, Sendable {
        public var tier: String
        public var workers: Int
        public var domain: String
        /// nil: the planner's.
        public var cuts: Cuts?
        /// A device profile (`DeviceProfile.load`) at whose pace the local run's workers compute and send.
        public var emulate: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case tier, workers, domain, cuts, emulate
        }

        public init(tier: String, workers: Int, domain: String, cuts: Cuts? = nil, emulate: String? = nil) {
            self.tier = tier
            self.workers = workers
            self.domain = domain
            self.cuts = cuts
            self.emulate = emulate
        }

        /// What is said of its machines: that of the emulated profile, or of the one that the tier is named after.
        public var device: Device? {
            if let emulate { return (try? DeviceProfile.load(emulate))?.device }
            return DeviceProfile.named(tier)?.device
        }

        public init(from decoder: Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            tier = try container.decode(String.self, forKey: .tier)
            workers = try container.decode(Int.self, forKey: .workers)
            domain = try container.decode(String.self, forKey: .domain)
            cuts = try container.decodeIfPresent([Int].self, forKey: .cuts).flatMap(Cuts.init)
            emulate = try container.decodeIfPresent(String.self, forKey: .emulate)
        }

        public func encode(to encoder: Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(tier, forKey: .tier)
            try container.encode(workers, forKey: .workers)
            try container.encode(domain, forKey: .domain)
            try container.encodeIfPresent(cuts?.values, forKey: .cuts)
            try container.encodeIfPresent(emulate, forKey: .emulate)
        }
    }

    /// The machine that runs the middle.
    public struct CoreSettings: Codable, Hashable, Sendable {
        /// As of a fleet entry, for the local run's core.
        public var emulate: String?

        public var device: CoreDevice? {
            emulate.flatMap { try? DeviceProfile.load($0) }.map {
                CoreDevice(gflops: $0.device.gflops, bytesPerSecond: $0.device.bytesPerSecond)
            }
        }
    }

    /// The model for images of one form.
    public func modelParameters(height: Int = 28, width: Int = 28, channels: Int = 1, classes: Int = 10) -> ModelParameters {
        ModelParameters(
            width: model.width, imageHeight: height, imageWidth: width, imageChannels: channels, classes: classes,
            noise: model.noise)
    }

    /// The model for these domains, which agree in size; classes are those of the domain with the most.
    public func modelParameters(for domains: [Domain]) -> ModelParameters {
        precondition(!domains.isEmpty, "a model needs a domain")
        return modelParameters(
            height: domains[0].height, width: domains[0].width, channels: domains[0].channels,
            classes: domains.map(\.classes).max()!)
    }

    /// Steps of a round, for a fleet whose largest shard has this many images.
    public func steps(largestShard: Int) -> Int {
        if let stepsPerRound { return stepsPerRound }
        return Shard.stepsPerRound(localEpochs: localEpochs ?? 1, largestShard: largestShard, batch: model.batch)
    }
}
