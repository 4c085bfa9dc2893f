import OxbowProtocol
import OxbowTraining

/// What a worker generates with after a committed barrier: its own blocks of G, and the core's for the rest.
public struct EffectiveGenerator: Sendable {
    /// With the assignments in force.
    public var plan: Plan
    public var round: UInt32
    /// All of G's parameters and running values: names `g.<block>...`, PyTorch's layouts.
    public var tensors: NamedTensors

    public init(plan: Plan, round: UInt32, tensors: NamedTensors) {
        self.plan = plan
        self.round = round
        self.tensors = tensors
    }
}

/// Scores a worker's effective generators beside its training. Called on the thread that trains: each call returns at once.
public protocol GeneratorScorer: AnyObject {
    /// A run whose generators are to be scored goes on from this barrier: what came after it is void, and what is of other runs.
    func expect(_ plan: Plan, after barrier: UInt32)
    func score(_ generator: EffectiveGenerator)
}
