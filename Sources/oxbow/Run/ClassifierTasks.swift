import Foundation
import OxbowData
import OxbowEvaluation
import OxbowKernels
import OxbowModel
import OxbowTraining

/// Downstream classifiers to be trained: each from a generator, tested on a domain's held-out images.
struct ClassifierTasks {
    struct Task {
        var generator: NamedTensors
        var domain: Domain
    }

    let model: ModelDescription
    /// Of each classifier.
    let images: Int
    let epochs: Int
    let seed: UInt64

    /// One result a task, in their order; on all cores, since each training is a function of its task alone.
    ///
    /// `say` is told now and then how far all are; what `check` throws ends them. Both are called on any thread.
    func run(
        _ tasks: [Task], say: @escaping @Sendable (String) -> Void, check: @escaping @Sendable () throws -> Void
    ) throws -> [Classification] {
        let board = Board(tasks.count, say)
        let lanes = min(ProcessInfo.processInfo.activeProcessorCount, tasks.count)
        DispatchQueue.concurrentPerform(iterations: lanes) { _ in
            Kernels.setThreads(1)
            while let index = board.next() { board.finish(index, Result { try train(tasks[index], index, board, check) }) }
        }
        return try board.results.map { try $0.get() }
    }

    private func train(
        _ task: Task, _ index: Int, _ board: Board, _ check: () throws -> Void
    ) throws -> Classification {
        let sampler = try GeneratorSampler(model: model, tensors: task.generator)
        return try Evaluation.classification(sampler, task.domain, images: images, epochs: epochs, seed: seed) {
            try check()
            board.tell(index, $0.fraction)
        }
    }

    /// What the lanes share.
    // Sendable: everything is under the lock.
    private final class Board: @unchecked Sendable {
        private let lock = NSLock()
        private let say: @Sendable (String) -> Void
        private let start = Date()
        private var given = 0
        private var fractions: [Double]
        private var outcomes: [Result<Classification, any Error>?]
        private var told = (fraction: 0.0, time: Date())

        init(_ count: Int, _ say: @escaping @Sendable (String) -> Void) {
            fractions = [Double](repeating: 0, count: count)
            outcomes = Array(repeating: nil, count: count)
            self.say = say
        }

        /// The next task that nobody has; none once one has failed.
        func next() -> Int? {
            lock.withLock {
                let failed = outcomes.contains { if case .failure? = $0 { true } else { false } }
                guard given < fractions.count, !failed else { return nil }
                defer { given += 1 }
                return given
            }
        }

        func finish(_ index: Int, _ outcome: Result<Classification, any Error>) { lock.withLock { outcomes[index] = outcome } }

        /// In the order of the tasks; up to the first failure if there is one.
        var results: [Result<Classification, any Error>] {
            let all = lock.withLock { outcomes }
            let failure = all.lazy.compactMap { $0 }.first { if case .failure = $0 { true } else { false } }
            return failure.map { [$0] } ?? all.compactMap { $0 }
        }

        /// A sentence each ten seconds, but no more than twenty in all.
        func tell(_ index: Int, _ fraction: Double) {
            let sentence: String? = lock.withLock {
                fractions[index] = fraction
                let all = fractions.reduce(0, +) / Double(fractions.count)
                guard all - told.fraction >= 0.05, -told.time.timeIntervalSinceNow >= 10 else { return nil }
                told = (all, Date())
                let left = -start.timeIntervalSinceNow * (1 - all) / all
                return "classifiers: \(Int(all * 100)) % of \(fractions.count), \(Int(left)) s to go"
            }
            if let sentence { say(sentence) }
        }
    }
}
