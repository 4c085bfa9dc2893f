import Foundation
import OxbowData
import OxbowEvaluation

/// A domain with its judge and what the judge makes of its real images.
struct DomainJudge {
    let domain: Domain
    let judge: Judge
    let real: RealFeatures
    let facts: JudgeFacts

    /// Loads the judge from the cache, else trains it. `say` is told a sentence now and then; what `check` throws ends it.
    ///
    /// - Parameter samples: images that generators will be scored by, for the FID of real ones.
    init(_ domain: Domain, samples: Int, say: (String) -> Void, check: () throws -> Void) throws {
        let start = Date()
        var told = 0.0
        let judge = try JudgeCache().judge(
            for: domain,
            progress: { progress in
                try check()
                guard progress.fraction - told >= 0.25 else { return }
                told = progress.fraction
                say(
                    "judge of \(domain.name): \(Int(progress.fraction * 100)) %, "
                        + "\(progress.remaining.components.seconds) s to go (trained once, then cached)")
            }, note: say)
        try check()
        self.domain = domain
        self.judge = judge
        real = try RealFeatures(domain, judge, samples: samples)
        facts = JudgeFacts(
            accuracy: judge.quality.accuracy, realScore: judge.quality.imageScore,
            seconds: Date().timeIntervalSince(start), realFid: real.floor)
        say(
            String(
                format: "judge of %@: accuracy %.3f on %d held-out images; image score of real images %.2f, FID %.2f",
                domain.name, facts.accuracy, domain.test.count, facts.realScore, real.floor))
    }
}
