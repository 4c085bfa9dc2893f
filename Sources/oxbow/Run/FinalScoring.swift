import Foundation
import OxbowEvaluation
import OxbowExperiment
import OxbowModel
import OxbowProtocol
import OxbowTraining

/// Scores of domains and of single workers at the end of a run. Workers often have equal generators: each is scored, and
/// classified for, once.
struct FinalScoring {
    private let inputs: RunInputs
    private let check: @Sendable () throws -> Void
    private var domains: [DomainGenerators] = []

    /// Images for the scores of each single worker; a domain's own scores have the experiment's number.
    private static let perWorkerSamples = 1000

    /// The generators that a domain's workers have, each once.
    private struct DomainGenerators {
        let judge: DomainJudge
        let workers: [RosterEntry]
        var distinct: [NamedTensors] = []
        /// By worker, positions in `distinct`: its cluster's generator, and its effective one.
        var ofCluster: [Int] = []
        var effective: [Int] = []

        mutating func position(of generator: NamedTensors) -> Int {
            if let position = distinct.firstIndex(of: generator) { return position }
            distinct.append(generator)
            return distinct.count - 1
        }
    }

    /// - Parameters:
    ///   - clusters: the saved generators.
    ///   - effective: a worker's own blocks and the core's; may hold other tensors too.
    ///   - check: throws when the run is to stop.
    init(
        _ inputs: RunInputs, judges: [DomainJudge], clusters: [GeneratorFile], check: @escaping @Sendable () throws -> Void,
        effective: (RosterEntry) throws -> NamedTensors
    ) throws {
        self.inputs = inputs
        self.check = check
        let names = inputs.model.generator.tensors.map(\.name)
        for judge in judges {
            let workers = inputs.roster.filter { $0.domain == judge.domain.name }
            var domain = DomainGenerators(judge: judge, workers: workers)
            for worker in workers {
                try check()
                let whole = try effective(worker)
                let own = domain.position(of: NamedTensors(names.compactMap { whole[$0] }))
                let cluster = clusters.first { $0.workers.contains(worker.memberName) }
                domain.effective.append(own)
                domain.ofCluster.append(cluster.map { domain.position(of: $0.tensors) } ?? own)
            }
            domains.append(domain)
        }
    }

    /// All but the classification; `found` are the domains' own scores.
    func scores(_ found: [String: Scores]) throws -> [String: DomainScores] {
        var result: [String: DomainScores] = [:]
        for domain in domains {
            guard let own = found[domain.judge.domain.name] else { continue }
            let scores = try workerScores(domain)
            result[domain.judge.domain.name] = DomainScores(
                imageScore: own.imageScore, fid: own.fid, labelAccuracy: own.labelAccuracy, classification: nil,
                perWorker: zip(domain.workers, scores).map { worker, scores in
                    WorkerScores(
                        id: worker.memberName, imageScore: scores.imageScore, fid: scores.fid,
                        labelAccuracy: scores.labelAccuracy, classification: nil)
                })
        }
        return result
    }

    private func workerScores(_ domain: DomainGenerators) throws -> [Scores] {
        var known: [Int: Scores] = [:]
        return try domain.effective.map { position in
            if let scores = known[position] { return scores }
            try check()
            let sampler = try GeneratorSampler(model: inputs.model, tensors: domain.distinct[position])
            let scores = try Evaluation.evaluate(
                sampler, domain.judge.judge, real: domain.judge.real,
                samples: min(Self.perWorkerSamples, inputs.experiment.evaluation.samples), seed: inputs.experiment.seed)
            known[position] = scores
            return scores
        }
    }

    /// Adds the classifications, which take minutes.
    func classify(_ scores: inout [String: DomainScores], say: @escaping @Sendable (String) -> Void) throws {
        let settings = inputs.experiment.evaluation
        let tasks = ClassifierTasks(
            model: inputs.model, images: settings.classificationImages, epochs: settings.classificationEpochs,
            seed: inputs.experiment.seed)
        let all = domains.flatMap { domain in
            domain.distinct.map { ClassifierTasks.Task(generator: $0, domain: domain.judge.domain) }
        }
        say("classifiers to train: \(all.count), each \(tasks.epochs) epochs on \(tasks.images) generated images")
        var results = try tasks.run(all, say: say, check: check)[...]
        for domain in domains {
            let own = Array(results.prefix(domain.distinct.count))
            results = results.dropFirst(domain.distinct.count)
            let name = domain.judge.domain.name
            let mean = Classification.mean(domain.ofCluster.map { (own[$0], 1) })
            scores[name]?.classification = mean
            for (worker, position) in domain.effective.enumerated() {
                scores[name]?.perWorker[worker].classification = own[position]
            }
            say(String(format: "classification of %@: accuracy %.3f, F1 %.3f", name, mean.accuracy, mean.f1))
        }
    }
}

extension RosterEntry {
    /// As in reports and generator files.
    var memberName: String { MemberID.edge(slot).description }
}
