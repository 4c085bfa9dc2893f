import Foundation

/// Sums over judged images, from which their scores follow; in double, in the order in which they are added.
struct ScoreTally {
    private let classes: Int
    private var marginal: [Double]
    /// Sum over images and classes of p ln p.
    private var negativeEntropy = 0.0
    private var hits = 0
    private(set) var count = 0

    init(classes: Int) {
        self.classes = classes
        marginal = [Double](repeating: 0, count: classes)
    }

    /// Adds rows of `classes` probabilities and the label that each image has, or was asked to have.
    mutating func add(_ probabilities: [Float], labels: [Int32]) {
        precondition(
            probabilities.count == labels.count * classes, "\(probabilities.count) probabilities for \(labels.count) labels")
        for (image, label) in labels.enumerated() {
            let row = probabilities[(image * classes)..<((image + 1) * classes)]
            var best = row.startIndex
            for index in row.indices {
                let p = Double(row[index])
                marginal[index - row.startIndex] += p
                if p > 0 { negativeEntropy += p * log(p) }
                if row[index] > row[best] { best = index }
            }
            if best - row.startIndex == Int(label) { hits += 1 }
            count += 1
        }
    }

    /// Share of the images whose label is the likeliest class; 0 without images.
    var accuracy: Double { count == 0 ? 0 : Double(hits) / Double(count) }

    /// exp of the mean KL(p(y|x) || p(y)): 1 ... classes; 1 without images.
    ///
    /// The mean of KL is the entropy of the mean less the mean of the entropies, so one pass is enough.
    var imageScore: Double {
        guard count > 0 else { return 1 }
        var divergence = negativeEntropy / Double(count)
        for sum in marginal where sum > 0 {
            let p = sum / Double(count)
            divergence -= p * log(p)
        }
        return exp(max(0, divergence))
    }
}
