import OxbowProtocol
import OxbowReport

/// Scores of workers' generators by round, as means over the workers that told theirs; of a long run the newest rounds.
struct ScoreCurves: Sendable {
    /// By round, then by tier.
    private var rounds: [Int: [String: ScoreMeans]] = [:]

    private static let mostRounds = 512
    /// Curves that can be told apart; workers of further tiers are one.
    private static let mostTiers = 6
    private static let others = "others"

    mutating func add(_ scores: GeneratorScores, round: Int, tier: String) {
        let known = tiers
        let tier = known.contains(tier) || known.count < Self.mostTiers ? tier : Self.others
        rounds[round, default: [:]][tier, default: ScoreMeans()].add(scores)
        if rounds.count > Self.mostRounds, let oldest = rounds.keys.min() { rounds[oldest] = nil }
    }

    /// What came after this barrier is void.
    mutating func rewind(to barrier: Int) { rounds = rounds.filter { $0.key <= barrier } }

    private var tiers: Set<String> { rounds.values.reduce(into: []) { $0.formUnion($1.keys) } }

    /// A curve for each tier.
    var imageScores: [LiveChart.Curve] { curves { $0.imageScore } }
    var fids: [LiveChart.Curve] { curves(\.fid).filter { !$0.points.isEmpty } }

    private func curves(_ value: (ScoreMeans) -> Double?) -> [LiveChart.Curve] {
        let sorted = rounds.sorted { $0.key < $1.key }
        return tiers.sorted().map { tier in
            LiveChart.Curve(
                name: tier,
                points: sorted.compactMap { round, means in means[tier].flatMap(value).map { .init(x: round, y: $0) } })
        }
    }
}
