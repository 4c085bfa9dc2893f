import Foundation
import OxbowRuntime
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
    private let stop: StopRequest
    private var progress: SeedProgress

    /// - Parameter events: told of every event; nil: nobody is.
    init(
        _ rehearsal: Rehearsal, _ faults: Faults, seeds: Range<UInt64>, events: EventPrinter? = nil, stop: StopRequest
    ) {
        self.rehearsal = rehearsal
        self.faults = faults
        self.seeds = seeds
        self.events = events
        (next, told) = (seeds.lowerBound, seeds.lowerBound)
        self.stop = stop
        progress = SeedProgress(seeds.count)
    }

    /// The run without faults, which all are held against; nil where it was stopped.
    func undisturbed() -> FleetSimulation.Outcome? {
        let outcome = rehearsal.simulate(0, .none, goesOn: goesOn)
        return stop.requested == nil ? outcome : nil
    }

    /// Ends early once a stop was requested: seeds under way then are not told of.
    /// - Parameter tell: called for each seed in order, never twice at once.
    func run(beside undisturbed: FleetSimulation.Outcome, tell: (Result) -> Void) {
        withoutActuallyEscaping(tell) { tell in
            let sink = Sink(tell: tell)
            // Events of two runs at once could not be told apart.
            let threads = events != nil ? 1 : min(ProcessInfo.processInfo.activeProcessorCount, seeds.count)
            DispatchQueue.concurrentPerform(iterations: threads) { _ in
                while let seed = self.take() {
                    let result = self.simulate(seed, undisturbed)
                    if self.stop.requested == nil { self.deliver(result, sink) }
                }
            }
        }
        lock.withLock { progress.clear() }
    }

    private func goesOn(_ events: Int) -> Bool {
        lock.withLock { progress.show(events: events) }
        return stop.requested == nil
    }

    /// What is called under the lock only.
    private struct Sink: @unchecked Sendable {
        var tell: (Result) -> Void
    }

    private func take() -> UInt64? {
        lock.withLock {
            guard next < seeds.upperBound, stop.requested == nil else { return nil }
            defer { next += 1 }
            return next
        }
    }

    private func simulate(_ seed: UInt64, _ undisturbed: FleetSimulation.Outcome) -> Result {
        let outcome = rehearsal.simulate(
            seed, faults, goesOn: goesOn, observer: events.map { events in { events.show(seed, $0, $1) } })
        return Result(seed: seed, outcome: outcome, findings: rehearsal.findings(outcome, undisturbed: undisturbed))
    }

    private func deliver(_ result: Result, _ sink: Sink) {
        lock.withLock {
            done[result.seed] = result
            while let ready = done.removeValue(forKey: told) {
                sink.tell(ready)
                told += 1
            }
            progress.show(done: Int(told - seeds.lowerBound))
        }
    }
}

/// How many seeds are done, and when all will be: on standard error, after the first seconds.
private struct SeedProgress {
    private let total: Int
    private let start = Date()
    private var line = Progress(waits: true)
    private var (done, events) = (0, 0)

    init(_ total: Int) { self.total = total }

    mutating func show(done: Int? = nil, events: Int = 0) {
        self.done = done ?? self.done
        self.events += events
        let now = self
        line.show { now.text }
    }

    private var text: String {
        let head = "\(done) of \(total) seeds, \(events) events"
        guard done > 0 else { return head }
        return head + ", ETA " + Progress.clock(Date().timeIntervalSince(start) / Double(done) * Double(total - done))
    }

    mutating func clear() { line.clear() }
}
