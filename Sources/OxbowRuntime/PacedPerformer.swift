import Logging
import OxbowProtocol

/// Performs tasks at the pace of another machine: does the real work, then waits for what is left of the time that the other
/// one would need.
public final class PacedPerformer: TaskPerformer {
    /// How well the pace was kept so far.
    public private(set) var record = PaceRecord()
    private let performer: any TaskPerformer
    private let role: PacedRole
    private let gflops: Double
    private let outerGflops: Double
    private let clock: any PaceClock
    private let logger: Logger
    private var pace: StepPace?
    /// Slept since the last metrics: in tasks, and between the tasks as the wrapped performer sees it.
    private var sleptComputing = Duration.zero
    private var sleptBetween = Duration.zero

    /// - Parameters:
    ///   - gflops: of the machine whose pace is kept, in the blocks that may move; a core's in all.
    ///   - outerGflops: in the outermost blocks.
    public init(
        _ performer: any TaskPerformer, as role: PacedRole, gflops: Double, outerGflops: Double, clock: any PaceClock,
        logger: Logger
    ) {
        self.performer = performer
        self.role = role
        self.gflops = gflops
        self.outerGflops = outerGflops
        self.clock = clock
        self.logger = logger
    }

    public func perform(_ task: MemberTask, inputs: [any BodyStorage]) throws -> TaskResult {
        let start = clock.now
        var result = try performer.perform(task, inputs: inputs)
        try adopt(task)
        let slept = keepPace(task, since: start)
        sleptComputing += slept
        result.messages = result.messages.map(corrected)
        sleptBetween += slept
        if case .commit(let half) = task, half.half == .generator { endStep() }
        return result
    }

    /// Takes over what a task says of plan and members; every task that carries a plan belongs here.
    private func adopt(_ task: MemberTask) throws {
        switch task {
        case .prepare(let plan, _): pace = try StepPace(plan, role, gflops: gflops, outerGflops: outerGflops)
        case .setMembers(let slots): pace?.setMembers(slots)
        case .exchangeModels(_, let amendment): pace?.amendment = amendment
        case .commitBarrier: pace?.amend()
        default: break
        }
    }

    /// What was slept.
    private func keepPace(_ task: MemberTask, since start: Duration) -> Duration {
        guard let seconds = pace?.seconds(task) else { return .zero }
        let took = clock.now - start
        record.add(modelled: seconds, took: took / .seconds(1))
        let rest = .capped(seconds: seconds) - took
        guard rest > .zero else { return .zero }
        clock.sleep(for: rest)
        return rest
    }

    /// The wrapped performer takes for waiting what was part of a task here.
    private func corrected(_ message: ControlMessage) -> ControlMessage {
        guard case .metrics(var metrics) = message else { return message }
        metrics.computeSeconds += sleptComputing / .seconds(1)
        metrics.waitSeconds = max(0, metrics.waitSeconds - sleptBetween / .seconds(1))
        (sleptComputing, sleptBetween) = (.zero, .zero)
        return .metrics(metrics)
    }

    private func endStep() {
        guard record.endStep() else { return }
        logger.warning(
            "this machine cannot keep the emulated pace",
            metadata: [
                "late_tasks": "\(record.lateTasks) of \(record.tasks)",
                "late_seconds": "\(rounded(record.lateSeconds)) beyond \(rounded(record.seconds))",
            ])
    }

    private func rounded(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
}
