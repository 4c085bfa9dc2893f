import OxbowModel
import OxbowProtocol
import OxbowTraining
import Testing

@testable import OxbowFleet

/// With several workers an amended run is not the unamended one bit for bit: a block's batch norm now pools other workers,
/// and copies that were one part. But losses must not jump.
@Suite struct LossCurveTests {
    private static let before = [[0, 0, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1]]
    /// Every block moves, in both directions.
    private static let after = [[1, 1, 1, 1], [0, 0, 0, 0], [0, 1, 0, 0]]
    private static let steps: UInt32 = 30
    /// Steps after the barrier in which a jump would show; later the runs drift apart, as chaotic ones do.
    private static let watched = 10

    /// Three rounds; cuts change at the end of the second one, and `disturb` is called then.
    private func run(_ amendment: [[Int]]?, disturb: (LocalRun) throws -> Void = { _ in }) throws -> [[Double]] {
        // Ten times the usual rate, so that ten steps suffice to see wrong updates.
        let run = try LocalRun(plan(Self.before, steps: Self.steps, learningRate: 2e-3))
        for round in 1...2 as ClosedRange<UInt32> {
            try run.round(round)
            try run.barrier(round, round == 2 ? amendment.map { assignments($0) } : nil)
        }
        try disturb(run)
        try run.round(3)
        return run.losses
    }

    /// For each of the three losses (a step's is the mean over the workers): the largest distance to the unamended run after
    /// the barrier, in standard deviations of the unamended run's losses over two rounds.
    private func jumps(_ losses: [[Double]], _ plain: [[Double]]) -> [Double] {
        (0..<3).map { kind in
            func curve(_ losses: [[Double]]) -> [Double] {
                losses.suffix(2 * Int(Self.steps)).map { step in (0..<3).reduce(0) { $0 + step[3 * $1 + kind] } / 3 }
            }
            let (ours, theirs) = (curve(losses), curve(plain))
            let mean = theirs.reduce(0, +) / Double(theirs.count)
            let spread = (theirs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(theirs.count)).squareRoot()
            let watched = Int(Self.steps)..<Int(Self.steps) + Self.watched
            return watched.map { abs(ours[$0] - theirs[$0]) }.reduce(0, max) / spread
        }
    }

    /// The bound is one standard deviation: what the draw of batches alone makes between steps. Less than that is no jump
    /// that anyone could see in a curve. States that came apart show far above it: moments that are lost while their count
    /// stays make first updates 16 times too large.
    @Test func lossesDoNotJump() throws {
        let plain = try run(nil)
        let amended = jumps(try run(Self.after), plain)
        let broken = jumps(try run(Self.after) { try Self.loseMoments($0) }, plain)
        #expect(amended.allSatisfy { $0 < 1 }, "\(amended)")
        #expect(broken.allSatisfy { $0 > 1 }, "\(broken)")
    }

    private static func loseMoments(_ run: LocalRun) throws {
        func without(_ state: NamedTensors) -> NamedTensors {
            NamedTensors(
                state.map { tensor in
                    let isMoment = tensor.name.hasSuffix(".adam_m") || tensor.name.hasSuffix(".adam_v")
                    let values = isMoment ? tensor.values.map { _ in 0 } : tensor.values
                    return NamedTensor(name: tensor.name, shape: tensor.shape, values: values)
                })
        }
        for slot in run.members { try run.edges[slot]?.trainer?.installState(without(run.state(.edge(slot)))) }
        try run.core.loaded?.trainer.installState(without(run.state(.core(0))))
    }
}
