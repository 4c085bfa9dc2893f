import Foundation
import Logging
import OxbowFleet
import OxbowKernels
import OxbowProtocol
import ZeroMQ

/// Judges a worker's effective generators. Used by one thread.
public protocol GeneratorJudge: AnyObject {
    /// Gets ready, which may take minutes the first time.
    /// - Parameter check: called now and then; what it throws ends the work.
    /// - Throws: a sentence for the worker's owner.
    func prepare(_ check: () throws -> Void) throws
    /// Called once it is prepared; throws as `prepare`.
    func scores(of generator: EffectiveGenerator, _ check: () throws -> Void) throws -> GeneratorScores
}

/// One thread of low priority that scores generators beside the training: one at a time, the newest of those that wait.
// Sendable: all state is behind `condition`; the judge is touched by the one thread only.
public final class ScoringThread: GeneratorScorer, @unchecked Sendable {
    private let condition = NSCondition()
    private var isExpected = false
    private var waiting: EffectiveGenerator?
    /// nil: none, or one whose scores nobody wants any more.
    private var underWay: (run: UInt64, round: UInt32)?
    private var done: [RoundScores] = []
    private var (isClosed, isOver) = (false, false)
    private let judge: any GeneratorJudge
    private let wakeup: Wakeup
    private let logger: Logger
    /// Used by the thread alone.
    private var (isPrepared, isUnable, isTold) = (false, false, false)

    private struct Closed: Error {}

    /// How long a process that ends waits for what is under way, which looks up more often.
    private static let patience = 10.0

    /// - Parameter wakeup: signalled when scores are there.
    public init(_ judge: any GeneratorJudge, wakeup: Wakeup, logger: Logger) {
        (self.judge, self.wakeup, self.logger) = (judge, wakeup, logger)
        let thread = Thread { [self] in work() }
        thread.name = "scoring"
        thread.stackSize = 8 << 20
        thread.start()
    }

    public func expect(_ plan: Plan, after barrier: UInt32) {
        condition.withLock {
            isExpected = true
            func isVoid(_ run: UInt64, _ round: UInt32) -> Bool { run != plan.run || round > barrier }
            if let next = waiting, isVoid(next.plan.run, next.round) { waiting = nil }
            if let (run, round) = underWay, isVoid(run, round) { underWay = nil }
            done.removeAll { isVoid($0.run, $0.round) }
        }
        condition.broadcast()
    }

    public func score(_ generator: EffectiveGenerator) {
        condition.withLock { waiting = generator }
        condition.broadcast()
    }

    /// The scores since the last call, in order.
    func results() -> [RoundScores] {
        condition.withLock {
            defer { done.removeAll() }
            return done
        }
    }

    /// Gives up what is under way, and ends the thread.
    func finish() {
        let deadline = Date().addingTimeInterval(Self.patience)
        condition.lock()
        isClosed = true
        condition.broadcast()
        while !isOver, condition.wait(until: deadline) {}
        condition.unlock()
    }

    private func work() {
        Kernels.setThreads(1)
        // On Linux 0 is this thread alone. One that may not be nice is none the worse for it.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        while waitForWork() {
            prepare()
            guard let generator = next() else { continue }
            let scores = judged(generator)
            tell(RoundScores(run: generator.plan.run, round: generator.round, scores: scores))
        }
        condition.withLock { isOver = true }
        condition.broadcast()
    }

    /// - Returns: false once it is closed.
    private func waitForWork() -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !isClosed, waiting == nil, !isExpected || isPrepared || isUnable { condition.wait() }
        return !isClosed
    }

    private func next() -> EffectiveGenerator? {
        condition.withLock {
            guard !isClosed, let generator = waiting else { return nil }
            (waiting, underWay) = (nil, (generator.plan.run, generator.round))
            return generator
        }
    }

    private func tell(_ scores: RoundScores) {
        let isWanted = condition.withLock {
            guard underWay != nil else { return false }
            underWay = nil
            done.append(scores)
            return true
        }
        if isWanted { wakeup.signal() }
    }

    private func prepare() {
        guard !isPrepared, !isUnable else { return }
        do {
            try judge.prepare(check)
            isPrepared = true
        } catch is Closed {
        } catch {
            isUnable = true
            logger.warning("this worker tells no scores of its generators", metadata: ["reason": "\(error)"])
        }
    }

    /// nil: there are none, which is said once.
    private func judged(_ generator: EffectiveGenerator) -> GeneratorScores? {
        guard isPrepared else { return nil }
        do {
            let scores = try judge.scores(of: generator, check)
            logger.info(
                "generator scored",
                metadata: ["scored_round": "\(generator.round)", "run": "\(generator.plan.run)", "scores": "\(scores.words)"])
            return scores
        } catch {
            if !isTold, !(error is Closed) {
                isTold = true
                logger.warning(
                    "this worker's generator has no scores",
                    metadata: ["scored_round": "\(generator.round)", "reason": "\(error)"])
            }
            return nil
        }
    }

    private func check() throws { if condition.withLock({ isClosed }) { throw Closed() } }
}
