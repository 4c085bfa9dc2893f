import OxbowModel

/// Predicts the seconds of a step from machines and cuts. A pure function of a request without its cuts.
///
/// A model writes down what it assumes as `CostTerms`; evaluating them, bounding them and naming a bottleneck is the
/// same for all models.
public protocol CostModel: Sendable {
    /// As in the experiment file.
    var name: String { get }

    /// The terms of a step of this request's model with this core.
    func terms(for request: PlanningRequest, core: CoreDevice) -> CostTerms
}

/// One of a worker's four cuts; the raw value is its place in `Cuts.values`.
public enum Cut: Int, Hashable, Sendable, CaseIterable {
    case generatorHead, generatorTail, discriminatorHead, discriminatorTail

    var network: Network { self == .generatorHead || self == .generatorTail ? .generator : .discriminator }
    var isHead: Bool { self == .generatorHead || self == .discriminatorHead }
}

/// A step as a sum: seconds = sum of the serial loads + sum over stages of weight x max over workers of
/// max(down, load of the shared link) + latency of both messages + work + queue + max(up, load of the shared link).
public struct CostTerms: Sendable {
    public var loads: [Load]
    public var stages: [Stage]
}

/// Seconds of a resource that all workers share: the sum of what each adds by one of its cuts.
public struct Load: Sendable {
    public var label: CostLabel
    public var cut: Cut
    /// What a worker adds, by the value of its cut.
    public var seconds: [Double]
    /// True if it is part of every step; false if it only counts where a stage names it.
    public var isSerial: Bool
}

/// What all workers do at the same time, each between two meetings with the core; the slowest sets the pace.
public struct Stage: Sendable {
    public var label: CostLabel
    /// Stages of a barrier count for one step of its round.
    public var weight: Double
    public var down: Wire?
    public var work: [Work] = []
    public var up: Wire?
    public var queue: Queue?

    /// The cuts that this stage's seconds follow from.
    var cuts: Set<Cut> { Set([down?.cut, up?.cut, queue?.cut].compactMap(\.self) + work.map(\.cut)) }
}

/// What a worker does by itself, by the value of one of its cuts.
public struct Work: Sendable {
    public var cut: Cut
    /// GFLOP of the worker's own in blocks that may move.
    public var gflop: [Double]
    /// GFLOP of the worker's own in the first and last block of a network.
    public var outerGflop: [Double]
    /// Bytes that it sends over its own link.
    public var bytes: [Double]
    /// Seconds in which the core sends to it, at the rate of the core's link alone.
    public var received: [Double]

    init(
        _ cut: Cut, gflop: [Double]? = nil, outerGflop: [Double]? = nil, bytes: [Double]? = nil, received: [Double]? = nil
    ) {
        let zeros = [Double](repeating: 0, count: (gflop ?? bytes ?? received ?? []).count)
        self.cut = cut
        self.gflop = gflop ?? zeros
        self.outerGflop = outerGflop ?? zeros
        self.bytes = bytes ?? zeros
        self.received = received ?? zeros
    }
}

/// A message over a worker's own link and, with everybody else's, over the core's.
public struct Wire: Sendable {
    public var cut: Cut
    /// By the value of the cut.
    public var bytes: [Double]
    /// The load of the core's link: position in `CostTerms.loads`.
    public var load: Int
    /// How much of a message these bytes are: the latency counts as often.
    public var messages: Double
}

/// Waiting for the core, which depends on a worker's cut: a position in `CostTerms.loads` for each value, or none.
public struct Queue: Sendable {
    public var cut: Cut
    public var loads: [Int?]
}

/// Where in a step the seconds of a term go.
public struct CostLabel: Hashable, Sendable, CustomStringConvertible {
    public enum Part: String, Hashable, Sendable { case workers, core, link }
    /// 1 to 6, 7 for the barrier, 0 where a model does not tell exchanges apart.
    public var exchange: Int
    public var part: Part
    public var name: String

    public var description: String { name }
}
