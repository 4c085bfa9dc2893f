import Foundation
import OxbowSimulation

/// Simulates seeds on all processors, and tells of them in their order.
final class SeedRunner: @unchecked Sendable {
    struct Result: Sendable {
        var seed: UInt64
        var outcome: FleetSimulation.Outcome
        /// What is wrong with it.
        var findings: [String]
    }

    private let rehearsal: Rehearsal
    private let faults: Faults
    private let seeds: Range<UInt64>
    private let events: EventPrinter?
    private let lock = NSLock()
    private var next: UInt64
    /// Done, and not yet told of.
    private var done: [UInt64: Result] = [:]
    private var told: UInt64

    /// - Parameter events: told of every event; nil: nobody is.
    init(_ rehearsal: Rehearsal, _ faults: Faults, seeds: Range<UInt64>, events: EventPrinter? = nil) {
        self.rehearsal = rehearsal
        self.faults = faults
        self.seeds = seeds
        self.events = events
        (next, told) = (seeds.lowerBound, seeds.lowerBound)
    }

    /// - Parameter tell: called for each seed in order, never twice at once.
    func run(beside undisturbed: FleetSimulation.Outcome, tell: (Result) -> Void) {
        var progress = SeedProgress(seeds.count)
        withoutActuallyEscaping(tell) { tell in
            let sink = Sink(tell: tell) { progress.show(done: $0) }
            // Events of two runs at once could not be told apart.
            let threads = events != nil ? 1 : min(ProcessInfo.processInfo.activeProcessorCount, seeds.count)
            DispatchQueue.concurrentPerform(iterations: threads) { _ in
                while let seed = self.take() { self.deliver(self.simulate(seed, undisturbed), sink) }
            }
        }
        progress.clear()
    }

    /// What is called under the lock only.
    private struct Sink: @unchecked Sendable {
        var tell: (Result) -> Void
        var show: (Int) -> Void
    }

    private func take() -> UInt64? {
        lock.withLock {
            guard next < seeds.upperBound else { return nil }
            defer { next += 1 }
            return next
        }
    }

    private func simulate(_ seed: UInt64, _ undisturbed: FleetSimulation.Outcome) -> Result {
        let outcome = rehearsal.simulate(seed, faults, observer: events.map { events in { events.show(seed, $0, $1) } })
        return Result(seed: seed, outcome: outcome, findings: rehearsal.findings(outcome, undisturbed: undisturbed))
    }

    private func deliver(_ result: Result, _ sink: Sink) {
        lock.withLock {
            done[result.seed] = result
            while let ready = done.removeValue(forKey: told) {
                sink.tell(ready)
                told += 1
            }
            sink.show(Int(told - seeds.lowerBound))
        }
    }
}

/// How many seeds are done, and when all will be: on standard error, after the first seconds.
struct SeedProgress {
    private let total: Int
    private let start = Date()
    private var last = Date()
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var hasShown = false

    init(_ total: Int) { self.total = total }

    mutating func show(done: Int) {
        guard Date().timeIntervalSince(last) >= (isTerminal ? 0.5 : 10) else { return }
        last = Date()
        hasShown = true
        let left = last.timeIntervalSince(start) / Double(max(1, done)) * Double(total - done)
        let line = "\(done) of \(total) seeds, ETA \(Int(left.rounded(.up))) s"
        write(isTerminal ? "\r\(line)   " : line + "\n")
    }

    mutating func clear() { if isTerminal, hasShown { write("\r\u{1B}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
