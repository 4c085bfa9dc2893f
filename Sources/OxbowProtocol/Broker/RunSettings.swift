import OxbowModel
import OxbowScheduling

/// Workers of one tier that a run asks for: an entry of the experiment's fleet.
public struct Demand: Hashable, Sendable {
    public var tier: String
    /// Wanted at the start; an elastic run takes any number beyond.
    public var workers: Int
    /// An elastic run starts with so many; a strict one with all.
    public var minimum: Int
    /// nil: the planner's.
    public var cuts: Cuts?
    public var rules: Rules
    /// What the experiment says of the tier's machines; it counts instead of what a worker measured.
    public var device: Device?

    public init(
        tier: String, workers: Int, minimum: Int? = nil, cuts: Cuts? = nil, rules: Rules = Rules(), device: Device? = nil
    ) {
        self.tier = tier
        self.workers = workers
        self.minimum = minimum ?? workers
        self.cuts = cuts
        self.rules = rules
        self.device = device
    }
}

/// What a machine must offer to be taken.
public struct Rules: Hashable, Sendable {
    public var memoryBytes: UInt64
    public var tags: [String: String]

    public init(memoryBytes: UInt64 = 0, tags: [String: String] = [:]) {
        self.memoryBytes = memoryBytes
        self.tags = tags
    }
}

/// When cuts are chosen anew.
public enum Replanning: String, Codable, Hashable, Sendable, CaseIterable {
    /// Never; newcomers keep the least, or what their tier's entry says.
    case off
    /// When the fleet changed: by what the experiment and the workers say of their machines.
    case declared
    /// Also when the observed times differ from the modelled ones.
    case measured
}

/// How a run's cuts are chosen.
public struct Scheduling: Sendable {
    public var planner: any Planner
    /// Judges whether moving blocks is worth it; nil: nothing that is there moves.
    public var costModel: (any CostModel)?
    public var replanning: Replanning
    /// Blocks move if that saves at least this share of a step; 0: whenever another plan was found.
    public var leastGain: Double
    public var minimumHead: Int
    public var minimumTail: Int
    /// Imposed, whatever the planner would choose: by the round after whose barrier they are in force (0: from the start), then
    /// by the worker's name. If there are any, nothing is searched at barriers.
    public var imposed: [UInt32: [String: Cuts]]
    /// What the experiment says of the core's machine; nil: what it measured.
    public var core: CoreDevice?

    public init(
        planner: any Planner = UniformPlanner(), costModel: (any CostModel)? = nil, replanning: Replanning = .declared,
        leastGain: Double = 0.1, minimumHead: Int = 0,
        minimumTail: Int = 0, imposed: [UInt32: [String: Cuts]] = [:], core: CoreDevice? = nil
    ) {
        self.planner = planner
        self.costModel = costModel
        self.replanning = replanning
        self.leastGain = leastGain
        self.minimumHead = minimumHead
        self.minimumTail = minimumTail
        self.imposed = imposed
        self.core = core
    }
}

extension Scheduling {
    /// What is imposed on a worker after the barrier of a round: the newest that is said.
    func imposed(on worker: String, after round: UInt32) -> Cuts? {
        imposed.filter { $0.key <= round && $0.value[worker] != nil }.max { $0.key < $1.key }?.value[worker]
    }
}

/// One run that a broker is to serve.
public struct RunSettings: Sendable {
    /// For people and files: a name of at most 64 of a-z, A-Z, 0-9, '-', '_' and '.', unique at this broker.
    public var id: String
    public var membership: Membership
    /// Elastic: the share of the demanded workers that must be present for the run to go on.
    public var quorum: Double
    /// The one dial for waiting: stretches every deadline.
    public var patience: Double
    public var demands: [Demand]
    /// The plan without its assignments, which follow from those who come.
    public var template: Plan
    /// `local_epochs`, where the experiment says that instead of steps: steps = epochs x the largest worker's batches.
    public var localEpochs: UInt32?
    public var scheduling: Scheduling

    public init(
        id: String = "run", membership: Membership, quorum: Double = 0.5, patience: Double = 1, demands: [Demand],
        template: Plan, localEpochs: UInt32? = nil, scheduling: Scheduling = Scheduling()
    ) {
        self.id = id
        self.membership = membership
        self.quorum = quorum
        self.patience = patience
        self.demands = demands
        self.template = template
        self.localEpochs = localEpochs
        self.scheduling = scheduling
    }

    /// Workers demanded in all.
    var demanded: Int { demands.reduce(0) { $0 + $1.workers } }

    /// Elastic: workers without whom the run does not go on.
    public var leastForQuorum: Int { max(1, Int((quorum * Double(demanded)).rounded(.up))) }
}
