import OxbowModel

/// GFLOP by the speed at which they are computed.
public struct Gflop: Hashable, Sendable {
    /// In blocks that may move.
    public var moving: Double
    /// In the first and last block of a network.
    public var outer: Double

    public init(moving: Double = 0, outer: Double = 0) {
        self.moving = moving
        self.outer = outer
    }

    /// At these speeds, in GFLOP a second.
    public func seconds(gflops: Double, outerGflops: Double) -> Double { moving / gflops + outer / outerGflops }

    public static func + (a: Gflop, b: Gflop) -> Gflop { Gflop(moving: a.moving + b.moving, outer: a.outer + b.outer) }
    public static func += (a: inout Gflop, b: Gflop) { a = a + b }
}

/// GFLOP of the pieces of a step, as `PhysicalCostModel` counts them, for who measures or keeps a pace.
public struct StepFlop: Sendable {
    private let work: StepWork

    public init(_ model: ModelDescription, batch: Int) {
        work = StepWork(model, batch: batch)
    }

    /// Of a piece of a worker with these cuts.
    public func edge(_ part: EdgePart, cuts: Cuts) -> Gflop { sum(work.edge([part]), cuts) }

    /// Of everything that a worker with these cuts computes in a step.
    public func edge(cuts: Cuts) -> Gflop {
        ModelDescription.exchanges.reduce(Gflop()) { $0 + sum(work.edge($1), cuts) }
    }

    /// What a worker with these cuts leaves to the core in an exchange.
    public func core(_ exchange: Int, cuts: Cuts) -> Gflop { sum(work.core(exchange), cuts) }

    /// What a worker with these cuts leaves to the core in a step.
    public func core(cuts: Cuts) -> Gflop {
        ModelDescription.exchanges.reduce(Gflop()) { $0 + core($1, cuts: cuts) }
    }

    private func sum(_ work: [Work], _ cuts: Cuts) -> Gflop {
        work.reduce(Gflop()) { $0 + Gflop(moving: $1.gflop[cuts[$1.cut]], outer: $1.outerGflop[cuts[$1.cut]]) }
    }
}
