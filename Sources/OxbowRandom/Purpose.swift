/// What a stream of random numbers is for; streams of different purposes are unrelated.
///
/// Numbers are part of the meaning of a seed: never reuse or renumber one. Other modules add theirs in an extension.
public struct Purpose: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Weights and embeddings before the first step.
    public static let initialState = Purpose(rawValue: 1)
    /// The generator's input z.
    public static let noise = Purpose(rawValue: 2)
    /// Which samples of a shard make a batch.
    public static let batches = Purpose(rawValue: 3)
    /// Which images belong to which worker, and which labels it lacks.
    public static let partition = Purpose(rawValue: 4)
    /// Restarts of k-means.
    public static let clusters = Purpose(rawValue: 5)
    /// Inputs of generators whose images are scored or drawn.
    public static let evaluation = Purpose(rawValue: 6)
    /// The genetic planner and drawn fleets.
    public static let planning = Purpose(rawValue: 7)
    /// Faults and delays of the simulator.
    public static let simulation = Purpose(rawValue: 8)
    /// The part of the data kept for testing.
    public static let heldOut = Purpose(rawValue: 9)
    /// Training of judges and classifiers.
    public static let judges = Purpose(rawValue: 10)
}
