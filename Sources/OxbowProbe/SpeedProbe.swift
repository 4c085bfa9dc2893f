import OxbowModel
import OxbowScheduling

/// Measures how fast this machine computes its part of a step, by computing it.
///
/// FLOP of the cost model over these speeds give the measured seconds back, whatever the model counts or leaves out.
public enum SpeedProbe {
    /// What is measured: an edge has one thread, a core computes several workers' parts at once.
    public enum Subject: Hashable, Sendable {
        case edge
        case core(lanes: Int)
    }

    /// Seconds since any fixed origin.
    public typealias Clock = () -> Double

    private static let repetitions = 3
    /// Seconds. A repetition is as many steps as fill them: a processor's share may be dealt out in periods of that length.
    private static let repetitionSeconds = 0.1
    /// Seconds. A step that takes longer is measured once.
    private static let longStepSeconds = 1.0
    private static let usualLanes = 8

    /// One speed for each width, in this order; takes seconds. The calling thread's kernels use one thread afterwards.
    ///
    /// - Parameter batch: images of a worker's batch.
    /// - Throws: `ModelError`, `TrainingError`, `KernelError`.
    public static func measure(
        _ subject: Subject, widths: [Double] = [0.25, 1], batch: Int = 64, clock: Clock = seconds
    ) throws -> [KernelSpeed] {
        try widths.map { width in
            let model = try ModelDescription(ModelParameters(width: width))
            switch subject {
            case .edge: return try edge(model, batch, clock)
            case .core(let lanes): return try core(model, batch, lanes: lanes, clock)
            }
        }
    }

    private static func edge(_ model: ModelDescription, _ batch: Int, _ clock: Clock) throws -> KernelSpeed {
        let flop = StepFlop(model, batch: batch)
        func timed(_ cuts: Cuts) throws -> TimedWork {
            let steps = try EdgeSteps(model, cuts: cuts, batch: batch)
            return TimedWork(work: flop.edge(cuts: cuts), seconds: try secondsOfStep(clock) { try steps.run() })
        }
        return KernelSpeed(width: model.parameters.width, least: try timed(.minimal), most: try timed(model.maximalCuts))
    }

    private static func core(_ model: ModelDescription, _ batch: Int, lanes: Int, _ clock: Clock) throws -> KernelSpeed {
        // A part for every lane; smaller ones where there are many, so that memory and time stay within bounds.
        let batch = max(2, min(batch, batch * usualLanes / max(1, lanes)))
        let steps = try CoreSteps(model, members: max(2, lanes), batch: batch, lanes: lanes)
        let work = StepFlop(model, batch: batch).core(cuts: .minimal)
        let seconds = try secondsOfStep(clock) { try steps.run() }
        let gflops = Double(steps.members) * (work.moving + work.outer) / seconds
        return KernelSpeed(width: model.parameters.width, gflops: gflops, outerGflops: gflops)
    }

    /// The median of a few repetitions.
    private static func secondsOfStep(_ clock: Clock, _ step: () throws -> Void) throws -> Double {
        func repetition(atLeast least: Double) throws -> Double {
            let start = clock()
            var steps = 0
            while true {
                try step()
                steps += 1
                let passed = clock() - start
                if passed >= least { return passed / Double(steps) }
            }
        }
        // A warm-up: primitives are made and memory is touched.
        let first = try repetition(atLeast: 0)
        let count = first > longStepSeconds ? 1 : repetitions
        let times = try (0..<count).map { _ in try repetition(atLeast: repetitionSeconds) }
        return max(times.sorted()[count / 2], .leastNormalMagnitude)
    }

    private static let origin = ContinuousClock.now

    public static let seconds: @Sendable () -> Double = { (ContinuousClock.now - origin) / .seconds(1) }
}

/// Work and how long it took.
struct TimedWork {
    var work: Gflop
    var seconds: Double
}

extension KernelSpeed {
    /// Both speeds from the least and the most that a worker can keep: the least has outermost blocks only.
    init(width: Double, least: TimedWork, most: TimedWork) {
        let outerGflops = least.work.outer / least.seconds
        // On a machine that was disturbed the larger part may seem to take no longer.
        let moving = max(most.seconds - least.seconds, 0.05 * most.seconds)
        self.init(
            width: width, gflops: max(most.work.moving - least.work.moving, 0) / moving, outerGflops: outerGflops)
    }
}
