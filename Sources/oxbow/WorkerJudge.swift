import Logging
import OxbowEvaluation
import OxbowFleet
import OxbowModel
import OxbowProtocol
import OxbowRuntime

/// Scores a worker's generators by a judge that was trained on the worker's own images (docs/evaluation.md).
final class WorkerJudge: GeneratorJudge {
    private let shard: LocalShard
    private let cache: JudgeCache
    private let logger: Logger
    private var judge: Judge?
    private var real: RealFeatures?
    private var sampler: GeneratorSampler?

    /// Of fewer held-out images there is no covariance.
    private static let leastForFID = 2

    /// - Parameter state: the worker's folder, which keeps the judge; nil: the cache of this machine's user does.
    init(_ shard: LocalShard, state: String?, logger: Logger) {
        self.shard = shard
        cache = state.map { JudgeCache($0 + "/judges") } ?? JudgeCache()
        self.logger = logger
    }

    func prepare(_ check: () throws -> Void) throws {
        let domain = try shard.judged()
        let judge = try cache.judge(for: domain, progress: { _ in try check() }, note: { logger.warning("\($0)") })
        try check()
        if domain.test.count >= Self.leastForFID {
            real = try RealFeatures(domain, judge, samples: Int(ScoringSettings.mostSamples))
        }
        logger.info(
            "judge ready",
            metadata: [
                "accuracy": "\(judge.quality.accuracy)", "images": "\(domain.train.count)", "held_out": "\(domain.test.count)",
            ])
        self.judge = judge
    }

    func scores(of generator: EffectiveGenerator, _ check: () throws -> Void) throws -> GeneratorScores {
        guard let judge else { preconditionFailure("a judge that is not prepared") }
        let plan = generator.plan
        let found = try Evaluation.evaluate(
            try sampler(generator), judge, real: real, samples: Int(plan.scoring?.samples ?? ScoringSettings.mostSamples),
            seed: plan.seed, check: check)
        return GeneratorScores(
            samples: UInt32(found.samples), imageScore: found.imageScore,
            // Rounding can make the distance of equal sets less than none.
            fid: found.fid.map { max(0, $0) }, labelAccuracy: found.labelAccuracy, judgeAccuracy: judge.quality.accuracy)
    }

    /// Keeps the primitives of one model.
    private func sampler(_ generator: EffectiveGenerator) throws -> GeneratorSampler {
        if let sampler, sampler.model.parameters == generator.plan.model {
            try sampler.install(generator.tensors)
            return sampler
        }
        let made = try GeneratorSampler(model: try ModelDescription(generator.plan.model), tensors: generator.tensors)
        sampler = made
        return made
    }
}
