import OxbowModel
import OxbowScheduling

/// The machines of a fleet as a person writes them down: the core, and tiers of equal workers.
public struct FleetFile: Hashable, Sendable {
    public var core: CoreDevice
    public var tiers: [Tier]

    /// Equal workers.
    public struct Tier: Hashable, Sendable {
        public var name: String
        public var workers: Int
        public var device: Device
        /// nil: the planner's.
        public var cuts: Cuts?
    }

    /// Machines whose keys a file may leave out.
    public struct Known: Hashable, Sendable {
        public var core: CoreDevice?
        /// By tier.
        public var devices: [String: Device]

        public init(core: CoreDevice? = nil, devices: [String: Device] = [:]) { (self.core, self.devices) = (core, devices) }
    }

    /// From a YAML file; throws `ExperimentError` with the key that is wrong and what it allows.
    public static func load(_ path: String, known: Known = Known()) throws(ExperimentError) -> FleetFile {
        try parse(Experiment.read(path), subject: path, known: known)
    }

    /// From YAML; `subject` is named in errors.
    public static func parse(
        _ yaml: String, subject: String = "fleet", known: Known = Known()
    ) throws(ExperimentError) -> FleetFile {
        let tree = try Setting.parse(yaml, subject: subject)
        guard case .map = tree else {
            throw ExperimentError(.syntax, "read", subject, "it is not a map of keys", "Write the keys 'core' and 'tiers'.")
        }
        var root = try Section(tree, path: "", place: "the fleet file")
        let (core, tiers) = (try root.section("core"), root.take("tiers"))
        try root.finish()
        return FleetFile(core: try CoreDevice(core, or: known.core), tiers: try Self.tiers(tiers, known))
    }

    /// Workers by rising slot: tiers in order, named by tier and number.
    public var workers: [Candidate] {
        tiers.flatMap { tier in
            (1...tier.workers).map { number in
                Candidate(id: "\(tier.name)-\(number)", tier: tier.name, fixed: tier.cuts, device: tier.device)
            }
        }
    }

    private static func tiers(_ setting: Setting?, _ known: Known) throws(ExperimentError) -> [Tier] {
        let example = "a list such as [ { name: small, workers: 2, gflops: 20, bytes_per_second: 50e6 } ]"
        guard case .list(let items)? = setting, !items.isEmpty else {
            if let setting { throw .bad("tiers", setting.text, example) }
            throw .missing("tiers", example)
        }
        var tiers: [Tier] = []
        for (index, item) in items.enumerated() {
            let tier = try Tier(Section(item, path: "tiers.\(index)", place: "the fleet file"), known)
            if tiers.contains(where: { $0.name == tier.name }) {
                throw .bad("tiers.\(index).name", "'\(tier.name)'", "every tier once")
            }
            tiers.append(tier)
        }
        let workers = tiers.reduce(0) { $0 + $1.workers }
        guard workers <= 1_000_000 else { throw .bad("tiers", "\(workers) workers", "1000000 workers in all") }
        return tiers
    }
}

extension FleetFile.Tier {
    init(_ section: Section, _ known: FleetFile.Known) throws(ExperimentError) {
        var section = section
        let name = try section.word("name")
        workers = try section.integer("workers", in: 1...1_000_000) ?? 1
        let device = try section.device(or: name.flatMap { known.devices[$0] })
        // The paper's networks bound the cuts, whatever their width.
        guard let limits = try? ModelDescription(ModelParameters()).maximalCuts else { preconditionFailure("no usual model") }
        cuts = try section.take("cuts").map { setting throws(ExperimentError) in
            try Experiment.cuts(setting, section.name("cuts"), limits)
        }
        try section.finish()
        guard let name else { throw .missing(section.name("name"), "a name such as small") }
        self.name = name
        self.device = try device()
    }
}

extension CoreDevice {
    init(_ section: Section, or usual: CoreDevice?) throws(ExperimentError) {
        var section = section
        let (gflops, bytesPerSecond) = (try section.rate("gflops"), try section.rate("bytes_per_second"))
        try section.finish()
        self.init(
            gflops: try section.given("gflops", gflops ?? usual?.gflops),
            bytesPerSecond: try section.given("bytes_per_second", bytesPerSecond ?? usual?.bytesPerSecond))
    }
}

extension Section {
    private static let rates = "a number above 0, such as 672, 50e6 or 50MB"

    /// A speed above zero: `50e6`, or in bytes with a unit, `50MB`.
    mutating func rate(_ key: String) throws(ExperimentError) -> Double? {
        guard let setting = take(key) else { return nil }
        guard case .scalar(let text, _) = setting, let value = Double(text) ?? Self.bytes(text).map(Double.init),
            value > 0, value <= 1e18
        else { throw .bad(name(key), setting.text, Self.rates) }
        return value
    }

    func given(_ key: String, _ rate: Double?) throws(ExperimentError) -> Double {
        guard let rate else { throw .missing(name(key), Self.rates) }
        return rate
    }
}

extension ExperimentError {
    /// A key that has no default.
    static func missing(_ key: String, _ allowed: String) -> ExperimentError {
        ExperimentError(.badValue, "use", key, "it is left out", "Give \(allowed).")
    }
}
