import Foundation
import Logging
import OxbowFleet
import OxbowProtocol
import OxbowTestSupport
import OxbowTraining
import Testing
import ZeroMQ

@testable import OxbowRuntime

/// The thread that scores generators: one at a time, the newest that waits, and nothing that goes wrong there matters.
@Suite struct ScoringThreadTests {
    private let wakeup: Wakeup
    private let judge = HeldJudge()

    init() throws { wakeup = try Wakeup() }

    private func thread(_ logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) -> ScoringThread {
        ScoringThread(judge, wakeup: wakeup, logger: logger)
    }

    private var plan: Plan {
        var plan = NumericFleet().run().template
        plan.scoring = ScoringSettings(every: 1, samples: 10)
        return plan
    }

    private func generator(_ round: UInt32) -> EffectiveGenerator {
        EffectiveGenerator(plan: plan, round: round, tensors: NamedTensors())
    }

    /// So many results, or what came within a minute.
    private func results(_ count: Int, of thread: ScoringThread) -> [RoundScores] {
        let deadline = Date().addingTimeInterval(60)
        var all: [RoundScores] = []
        while all.count < count, Date() < deadline {
            all += thread.results()
            Thread.sleep(forTimeInterval: 0.002)
        }
        return all
    }

    @Test func theNewestOfThoseThatWaitIsNext() {
        let thread = thread()
        thread.expect(plan, after: 0)
        thread.score(generator(1))
        #expect(judge.waitUntilHeld())
        for round in 2...4 as ClosedRange<UInt32> { thread.score(generator(round)) }
        judge.release()
        #expect(results(2, of: thread).map(\.round) == [1, 4])
        #expect(judge.prepared == 1 && judge.most == 1)
        thread.finish()
    }

    /// Rounds that are done again are scored again; what is of the barrier itself stays good.
    @Test func aReturnToABarrierVoidsWhatCameAfterIt() {
        let thread = thread()
        for round in 2...3 as ClosedRange<UInt32> {
            thread.score(generator(round))
            if round == 2 { #expect(judge.waitUntilHeld()) }
        }
        thread.expect(plan, after: 2)
        judge.release()
        #expect(results(1, of: thread).map(\.round) == [2])
        judge.hold()
        thread.score(generator(3))
        #expect(judge.waitUntilHeld())
        thread.expect(plan, after: 2)
        thread.score(generator(3))
        judge.release()
        #expect(results(1, of: thread).map(\.round) == [3] && judge.finished == 3)
        thread.finish()
        #expect(thread.results().isEmpty)
    }

    @Test func whoeverCannotScoreSaysSoOnceAndTellsNone() {
        judge.release()
        let log = CountingLog()
        let thread = thread(Logger(label: "test") { _ in log })
        judge.failure = "its images are gone"
        for round in 1...3 as ClosedRange<UInt32> {
            thread.score(generator(round))
            #expect(results(1, of: thread) == [RoundScores(run: plan.run, round: round, scores: nil)])
        }
        #expect(log.warnings == 1)
        thread.finish()
    }

    @Test func aJudgeThatCannotBeTrainedIsNotTriedAgain() {
        judge.release()
        let log = CountingLog()
        judge.isUntrainable = true
        let thread = thread(Logger(label: "test") { _ in log })
        thread.expect(plan, after: 0)
        for round in 1...3 as ClosedRange<UInt32> {
            thread.score(generator(round))
            #expect(results(1, of: thread) == [RoundScores(run: plan.run, round: round, scores: nil)])
        }
        #expect(judge.prepared == 1 && log.warnings == 1)
        thread.finish()
    }

    /// A process that ends does not wait for what is under way.
    @Test func whatIsUnderWayIsGivenUpAtTheEnd() {
        let thread = thread()
        thread.score(generator(1))
        #expect(judge.waitUntilHeld())
        let start = Date()
        thread.finish()
        #expect(judge.wasGivenUp && Date().timeIntervalSince(start) < 9)
    }
}

/// Scores when it is told to.
private final class HeldJudge: GeneratorJudge, @unchecked Sendable {
    private let lock = NSLock()
    private var (isReleased, isHeld, count) = (false, false, 0)
    private var (_prepared, _most, _finished, _wasGivenUp) = (0, 0, 0, false)
    var failure: String?
    var isUntrainable = false

    var prepared: Int { lock.withLock { _prepared } }
    /// At a time.
    var most: Int { lock.withLock { _most } }
    var wasGivenUp: Bool { lock.withLock { _wasGivenUp } }

    /// So many were scored to their end.
    var finished: Int { lock.withLock { _finished } }

    func release() { lock.withLock { isReleased = true } }
    func hold() { lock.withLock { (isReleased, isHeld) = (false, false) } }

    func waitUntilHeld() -> Bool {
        let deadline = Date().addingTimeInterval(60)
        while !lock.withLock({ isHeld }), Date() < deadline { Thread.sleep(forTimeInterval: 0.002) }
        return lock.withLock { isHeld }
    }

    func prepare(_ check: () throws -> Void) throws {
        lock.withLock { _prepared += 1 }
        if isUntrainable { throw FleetError("no images") }
    }

    func scores(of generator: EffectiveGenerator, _ check: () throws -> Void) throws -> GeneratorScores {
        lock.withLock {
            isHeld = true
            count += 1
            _most = max(_most, count)
        }
        defer { lock.withLock { count -= 1 } }
        while !lock.withLock({ isReleased }) {
            do { try check() } catch {
                lock.withLock { _wasGivenUp = true }
                throw error
            }
            Thread.sleep(forTimeInterval: 0.002)
        }
        lock.withLock { _finished += 1 }
        if let failure { throw FleetError(failure) }
        return GeneratorScores(samples: 10, imageScore: 2, fid: nil, labelAccuracy: 0.5, judgeAccuracy: 1)
    }
}

private final class CountingLog: LogHandler, @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    var warnings: Int { lock.withLock { count } }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }
    func log(event: LogEvent) { if event.level == .warning { lock.withLock { count += 1 } } }
}
