import Dispatch
import Foundation
import OxbowData
import OxbowEvaluation
import OxbowFleet
import OxbowKernels
import OxbowProtocol
import OxbowReport
import OxbowRuntime
import OxbowTraining

/// What evaluation found.
struct RunScores {
    var byRound: [Int: [String: Scores]] = [:]
    var final: [String: DomainScores] = [:]
    var judges: [String: JudgeFacts] = [:]
    var generators: [Report.Generator] = []
    var pictures: [Report.Picture] = []
}

/// Judges a run's generators beside the training, on a thread of its own: scores, grids, and the files at the end.
// Sendable: results and sentences are behind the lock; judges are made and used on the one queue only.
final class Evaluator: @unchecked Sendable {
    private let inputs: RunInputs
    private let folder: RunFolder
    private let generators: GeneratorFolder
    private let stop: StopRequest
    private let queue = DispatchQueue(label: "evaluation")
    private let lock = NSLock()
    private var judges: [DomainJudge] = []
    private var scores = RunScores()
    private var sentences: [String] = []
    private var judgeError: (any Error)?
    private var lastFailure: Failure?
    /// Rounds that wait for their evaluation, or are in it.
    private var pending: Set<Int> = []

    init(_ inputs: RunInputs, folder: RunFolder, stop: StopRequest) throws {
        self.inputs = inputs
        self.folder = folder
        self.generators = try GeneratorFolder(folder.generators)
        self.stop = stop
    }

    /// Loads or trains the judges on the evaluation thread, beside the fleet's training; evaluations wait for them.
    func begin() {
        guard isWanted else { return }
        queue.async { [self] in
            do {
                Kernels.setThreads(1)
                for domain in inputs.domains { try prepareJudge(domain) }
            } catch {
                lock.withLock { judgeError = error }
            }
        }
    }

    private var isWanted: Bool { inputs.experiment.evaluation.samples > 0 }

    private func prepareJudge(_ domain: Domain) throws {
        let judge = try DomainJudge(
            domain, samples: inputs.experiment.evaluation.samples, say: add,
            check: { if let reason = stop.requested { throw Failure(.interrupted, "Stopped: \(reason).") } })
        judges.append(judge)
        lock.withLock { scores.judges[domain.name] = judge.facts }
    }

    private func add(_ sentence: String) { lock.withLock { sentences.append(sentence) } }

    /// What there is to say since the last call.
    func takeSentences() -> [String] {
        lock.withLock {
            defer { sentences.removeAll() }
            return sentences
        }
    }

    /// A barrier is committed: judges its generators if the experiment wants that. Of the others the last two stay.
    func barrier(_ round: Int) {
        let every = inputs.experiment.evaluation.every
        let isJudged = isWanted && every > 0 && round.isMultiple(of: every) && round < inputs.experiment.rounds
        let used = lock.withLock {
            if isJudged { pending.insert(round) }
            return pending
        }
        generators.removeRounds(before: round - 1, sparing: used)
        guard isJudged else { return }
        queue.async { [self] in
            defer { lock.withLock { _ = pending.remove(round) } }
            guard judgeFailure == nil, stop.requested == nil else { return }
            do { try evaluate(round) } catch { add("round \(round) could not be evaluated: \(error)") }
        }
    }

    /// Judges the last committed round and leaves its generators in the run folder.
    func finish(_ record: RunRecord, interrupted: Bool, _ say: (String) -> Void) throws -> RunScores {
        guard let last = record.committed.last?.number else { return lock.withLock { scores } }
        try keepGenerators(last)
        wait(say)
        guard isWanted, !interrupted, stop.requested == nil, judgeFailure == nil else {
            let reason = judgeFailure.map { Failure($0) }
            return lock.withLock {
                lastFailure = reason
                return scores
            }
        }
        say("evaluating round \(last) on \(inputs.experiment.evaluation.samples) images a domain")
        queue.async { [self] in
            // The training is done and its generators are kept: a report without scores is better than none.
            do { try conclude(last, record) } catch { lock.withLock { lastFailure = Failure(error) } }
        }
        wait(say)
        return lock.withLock { scores }
    }

    /// Why the last round could not be evaluated.
    var failure: Failure? { lock.withLock { lastFailure } }

    /// Why there is no judge; known long before the end.
    var judgeFailure: (any Error)? { lock.withLock { judgeError } }

    /// The scores of the end, in the order of what they take: whoever stops the run has those that are there.
    private func conclude(_ round: Int, _ record: RunRecord) throws {
        let clusters = try evaluate(round)
        guard let plan = record.plan else { return }
        let core = try state("core", plan, round)
        let scoring = try FinalScoring(inputs, judges: judges, clusters: clusters, check: { [self] in try checkStop() }) {
            NamedTensors(core.entries + (try state($0.workerID, plan, round)).entries)
        }
        var final = try scoring.scores(lock.withLock { scores.byRound[round] } ?? [:])
        lock.withLock { scores.final = final }
        guard inputs.experiment.evaluation.classification else { return }
        try scoring.classify(&final) { [self] in add($0) }
        lock.withLock { scores.final = final }
    }

    private func state(_ name: String, _ plan: Plan, _ round: Int) throws -> NamedTensors {
        try FolderStateStore(folder.state(name)).load(run: plan.run, round: UInt32(round))
    }

    private func checkStop() throws {
        if let reason = stop.requested { throw Failure(.interrupted, "Stopped: \(reason). The training is done and kept.") }
    }

    /// Until the evaluation thread has nothing left to do; says meanwhile what it has to say.
    private func wait(_ say: (String) -> Void) {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        while done.wait(timeout: .now() + .milliseconds(200)) == .timedOut { takeSentences().forEach(say) }
        takeSentences().forEach(say)
    }

    private func keepGenerators(_ round: Int) throws {
        for (cluster, path) in generators.files(round: round).enumerated() {
            let file = try GeneratorFile.read(path)
            let target = folder.generator(cluster)
            try file.write(target)
            let name = URL(fileURLWithPath: target).lastPathComponent
            lock.withLock {
                scores.generators.append(Report.Generator(cluster: cluster, workers: file.workers, file: name))
            }
        }
    }

    // MARK: One round

    /// Scores and draws its generators, which are returned.
    @discardableResult
    private func evaluate(_ round: Int) throws -> [GeneratorFile] {
        Kernels.setThreads(1)
        let files = try generators.files(round: round).map { try GeneratorFile.read($0) }
        let samplers = try files.map { try $0.sampler() }
        let grids = SampleGrids(folder: folder, seed: inputs.experiment.seed)
        var pictures = try samplers.enumerated().map { try grids.draw($1, cluster: $0, round: round) }
        var found: [String: Scores] = [:]
        for judge in judges {
            let domain = judge.domain
            let counts = memberCounts(domain.name, files)
            var all: [(scores: Scores, weight: Int)] = []
            for (index, count) in counts.enumerated() where count > 0 {
                try checkStop()
                let scores = try Evaluation.evaluate(
                    samplers[index], judge.judge, real: judge.real, samples: inputs.experiment.evaluation.samples,
                    seed: inputs.experiment.seed)
                all.append((scores, count))
            }
            guard let best = counts.indices.max(by: { counts[$0] < counts[$1] }), !all.isEmpty else { continue }
            found[domain.name] = Scores.mean(all)
            pictures.append(try grids.draw(samplers[best], of: domain, round: round))
        }
        for (name, scores) in found.sorted(by: { $0.key < $1.key }) {
            add(
                String(
                    format: "round %d, %@: image score %.2f, FID %.2f, label accuracy %.3f", round, name, scores.imageScore,
                    scores.fid ?? .nan, scores.labelAccuracy))
        }
        lock.withLock {
            scores.byRound[round] = found
            scores.pictures += pictures
        }
        return files
    }

    /// How many of the domain's workers each cluster has.
    private func memberCounts(_ domain: String, _ files: [GeneratorFile]) -> [Int] {
        let names = Set(inputs.roster.filter { $0.domain == domain }.map(\.memberName))
        return files.map { $0.workers.count { names.contains($0) } }
    }
}
