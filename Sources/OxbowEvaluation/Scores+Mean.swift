extension Scores {
    /// The mean of scores by the same number of images, each with its weight; the FID only where all have one.
    public static func mean(_ all: [(scores: Scores, weight: Int)]) -> Scores {
        precondition(all.contains { $0.weight > 0 }, "a mean without weights")
        func mean(_ part: (Scores) -> Double) -> Double { weighted(all.map { (part($0.scores), $0.weight) }) }
        let hasAllFID = all.allSatisfy { $0.scores.fid != nil }
        return Scores(
            samples: all[0].scores.samples, imageScore: mean(\.imageScore), labelAccuracy: mean(\.labelAccuracy),
            fid: hasAllFID ? mean { $0.fid ?? 0 } : nil)
    }
}

extension Classification {
    /// The mean of classifications by equal numbers of images and epochs, each with its weight.
    public static func mean(_ all: [(scores: Classification, weight: Int)]) -> Classification {
        precondition(all.contains { $0.weight > 0 }, "a mean without weights")
        func mean(_ part: (Classification) -> Double) -> Double { weighted(all.map { (part($0.scores), $0.weight) }) }
        return Classification(
            accuracy: mean(\.accuracy), precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1),
            fpr: mean(\.fpr), images: all[0].scores.images, epochs: all[0].scores.epochs)
    }
}

private func weighted(_ all: [(value: Double, weight: Int)]) -> Double {
    let sum = Double(all.reduce(0) { $0 + $1.weight })
    return all.reduce(0) { $0 + $1.value * Double($1.weight) } / sum
}
