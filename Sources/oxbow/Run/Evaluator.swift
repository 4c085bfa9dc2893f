import Dispatch
import Foundation
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
// Sendable: results and sentences are behind the lock; judges are made before and used on the one queue only.
final class Evaluator: @unchecked Sendable {
    private let inputs: RunInputs
    private let folder: RunFolder
    private let generators: GeneratorFolder
    private let stop: StopRequest
    private let queue = DispatchQueue(label: "evaluation")
    private let lock = NSLock()
    private var judges: [String: Judge] = [:]
    private var scores = RunScores()
    private var sentences: [String] = []
    private var judgeError: (any Error)?
    /// Why the last round could not be evaluated.
    private(set) var failure: Failure?

    /// Images for the scores of each single worker; a domain's own scores have the experiment's number.
    private static let perWorkerSamples = 1000

    init(_ inputs: RunInputs, folder: RunFolder, stop: StopRequest) throws {
        self.inputs = inputs
        self.folder = folder
        self.generators = try GeneratorFolder(folder.generators)
        self.stop = stop
    }

    /// Loads or trains the judges on the evaluation thread, beside the fleet's training; evaluations wait for them.
    func begin() {
        queue.async { [self] in
            do {
                for domain in inputs.domains { try prepareJudge(domain.name) }
            } catch {
                lock.withLock { judgeError = error }
            }
        }
    }

    private func prepareJudge(_ name: String) throws {
        Kernels.setThreads(1)
        guard let domain = inputs.domain(name) else { return }
        let start = Date()
        var told = 0.0
        let tell = { [self] (progress: JudgeProgress) in
            if let reason = stop.requested { throw Failure(.interrupted, "Stopped: \(reason).") }
            guard progress.fraction - told >= 0.25 else { return }
            told = progress.fraction
            add(
                "judge of \(name): \(Int(progress.fraction * 100)) %, "
                    + "\(progress.remaining.components.seconds) s to go (trained once, then cached)")
        }
        let judge = try JudgeCache().judge(for: domain, progress: tell, note: add)
        add(
            String(
                format: "judge of %@: accuracy %.3f on %d held-out images; their image score %.2f", name,
                judge.quality.accuracy, domain.test.count, judge.quality.imageScore))
        lock.withLock {
            judges[name] = judge
            scores.judges[name] = JudgeFacts(
                accuracy: judge.quality.accuracy, realScore: judge.quality.imageScore,
                seconds: Date().timeIntervalSince(start))
        }
    }

    private func add(_ sentence: String) { lock.withLock { sentences.append(sentence) } }

    /// What there is to say since the last call.
    func takeSentences() -> [String] {
        lock.withLock {
            defer { sentences.removeAll() }
            return sentences
        }
    }

    /// A barrier is committed: judges its generators if the experiment wants that.
    func barrier(_ round: Int) {
        let every = inputs.experiment.evaluation.every
        guard every > 0, round.isMultiple(of: every), round < inputs.experiment.rounds else { return }
        queue.async { [self] in
            guard judgeFailure == nil, stop.requested == nil else { return }
            do { try evaluate(round) } catch { add("round \(round) could not be evaluated: \(error)") }
        }
    }

    /// Judges the last committed round and leaves its generators in the run folder.
    func finish(_ record: RunRecord, interrupted: Bool, _ say: (String) -> Void) throws -> RunScores {
        guard let last = record.committed.last?.number else { return scores }
        try keepGenerators(last)
        wait(say)
        guard !interrupted, stop.requested == nil, judgeFailure == nil else {
            failure = judgeFailure.map { Failure($0) }
            return scores
        }
        do {
            say("evaluating round \(last) on \(inputs.experiment.evaluation.samples) images a domain")
            try evaluate(last)
            try scoreDomains(last, record)
        } catch {
            // The training is done and its generators are kept: a report without scores is better than none.
            failure = Failure(error)
        }
        takeSentences().forEach(say)
        return scores
    }

    /// Why there is no judge; known long before the end.
    var judgeFailure: (any Error)? { lock.withLock { judgeError } }

    private func scoreDomains(_ round: Int, _ record: RunRecord) throws {
        for domain in inputs.domains {
            guard let found = scores.byRound[round]?[domain.name] else { continue }
            scores.final[domain.name] = DomainScores(
                imageScore: found.imageScore, fid: found.fid, labelAccuracy: found.labelAccuracy, classification: nil,
                perWorker: try workerScores(domain.name, round: round, record))
        }
    }

    private func checkStop() throws {
        if let reason = stop.requested { throw Failure(.interrupted, "Stopped: \(reason). The training is done and kept.") }
    }

    /// Until the evaluation thread has nothing left to do; says meanwhile what it has to say.
    private func wait(_ say: (String) -> Void) {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        while done.wait(timeout: .now() + .milliseconds(200)) == .timedOut { takeSentences().forEach(say) }
    }

    private func keepGenerators(_ round: Int) throws {
        for (cluster, path) in generators.files(round: round).enumerated() {
            let file = try GeneratorFile.read(path)
            let target = folder.generator(cluster)
            try file.write(target)
            scores.generators.append(
                Report.Generator(cluster: cluster, workers: file.workers, file: URL(fileURLWithPath: target).lastPathComponent))
        }
    }

    // MARK: One round

    private func evaluate(_ round: Int) throws {
        Kernels.setThreads(1)
        let files = try generators.files(round: round).map { try GeneratorFile.read($0) }
        let samplers = try files.map { try $0.sampler() }
        let grids = SampleGrids(folder: folder, seed: inputs.experiment.seed)
        var pictures = try samplers.enumerated().map { try grids.draw($1, cluster: $0, round: round) }
        var found: [String: Scores] = [:]
        for domain in inputs.domains {
            guard let judge = judges[domain.name] else { continue }
            let counts = memberCounts(domain.name, files)
            var all: [(scores: Scores, workers: Int)] = []
            for (index, count) in counts.enumerated() where count > 0 {
                try checkStop()
                let scores = try Evaluation.evaluate(
                    samplers[index], judge, samples: inputs.experiment.evaluation.samples,
                    seed: inputs.experiment.seed)
                all.append((scores, count))
            }
            guard let best = counts.indices.max(by: { counts[$0] < counts[$1] }), !all.isEmpty else { continue }
            found[domain.name] = mean(all)
            pictures.append(try grids.draw(samplers[best], of: domain, round: round))
        }
        for (name, scores) in found.sorted(by: { $0.key < $1.key }) {
            add(
                String(
                    format: "round %d, %@: image score %.2f, label accuracy %.3f", round, name, scores.imageScore,
                    scores.labelAccuracy))
        }
        lock.withLock {
            scores.byRound[round] = found
            scores.pictures += pictures
        }
    }

    /// How many of the domain's workers each cluster has.
    private func memberCounts(_ domain: String, _ files: [GeneratorFile]) -> [Int] {
        let names = Set(inputs.roster.filter { $0.domain == domain }.map { MemberID.edge($0.slot).description })
        return files.map { $0.workers.count { names.contains($0) } }
    }

    /// Over the domain's workers, each with its cluster's generator.
    private func mean(_ all: [(scores: Scores, workers: Int)]) -> Scores {
        let workers = Double(all.reduce(0) { $0 + $1.workers })
        return Scores(
            samples: all[0].scores.samples,
            imageScore: all.reduce(0) { $0 + $1.scores.imageScore * Double($1.workers) } / workers,
            labelAccuracy: all.reduce(0) { $0 + $1.scores.labelAccuracy * Double($1.workers) } / workers)
    }

    // MARK: Single workers

    /// Each worker's effective generator: its own blocks, and the core's.
    private func workerScores(_ domain: String, round: Int, _ record: RunRecord) throws -> [WorkerScores] {
        guard let plan = record.plan, let judge = judges[domain] else { return [] }
        let core = try state("core", plan, round)
        return try inputs.roster.filter { $0.domain == domain }.map { worker in
            try checkStop()
            var tensors = core
            for tensor in try state(worker.workerID, plan, round).values { tensors[tensor.name] = tensor }
            let sampler = try GeneratorSampler(model: inputs.model, tensors: NamedTensors(tensors.values))
            let scores = try Evaluation.evaluate(
                sampler, judge, samples: min(Self.perWorkerSamples, inputs.experiment.evaluation.samples),
                seed: inputs.experiment.seed)
            return WorkerScores(
                id: MemberID.edge(worker.slot).description, imageScore: scores.imageScore, fid: scores.fid,
                labelAccuracy: scores.labelAccuracy, classification: nil)
        }
    }

    private func state(_ name: String, _ plan: Plan, _ round: Int) throws -> [String: NamedTensor] {
        let tensors = try FolderStateStore(folder.state(name)).load(run: plan.run, round: UInt32(round))
        return Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    }
}
