/// How often images of each class were taken for each class, and what follows from it.
///
/// Means over classes give each class the same weight and run over the classes that occur or were predicted. A share of
/// nothing (0/0) counts as 0: the precision of a class that was never predicted, the recall of one that never occurs.
public struct ConfusionMatrix: Hashable, Sendable {
    public let classes: Int
    /// Rows: the true class; columns: the predicted one.
    private var counts: [Int]

    public init(classes: Int) {
        precondition(classes > 0, "a confusion matrix of \(classes) classes")
        self.classes = classes
        counts = [Int](repeating: 0, count: classes * classes)
    }

    /// Our own bug if a class is not in 0 ..< classes.
    public mutating func add(actual: Int, predicted: Int, times: Int = 1) {
        precondition(
            (0..<classes).contains(actual) && (0..<classes).contains(predicted) && times >= 0,
            "class \(actual) taken for \(predicted), of \(classes)")
        counts[actual * classes + predicted] += times
    }

    public subscript(actual: Int, predicted: Int) -> Int { counts[actual * classes + predicted] }

    /// Images in all.
    public var total: Int { counts.reduce(0, +) }

    /// Share of the images whose class was seen.
    public var accuracy: Double { Self.share((0..<classes).reduce(0) { $0 + self[$1, $1] }, total) }

    /// Of the images taken for a class, the share that is of it.
    public var precision: Double { mean { Self.share($0.hits, $0.hits + $0.falseAlarms) } }
    /// Of a class's images, the share taken for it.
    public var recall: Double { mean { Self.share($0.hits, $0.hits + $0.misses) } }
    /// The harmonic mean of a class's precision and recall.
    public var f1: Double { mean { Self.share(2 * $0.hits, 2 * $0.hits + $0.falseAlarms + $0.misses) } }
    /// Of the images of other classes, the share taken for a class.
    public var fpr: Double { mean { Self.share($0.falseAlarms, $0.falseAlarms + $0.rest) } }

    /// One class against all others.
    private struct Part {
        var hits = 0
        var falseAlarms = 0
        var misses = 0
        var rest = 0
    }

    private func part(_ index: Int) -> Part {
        let hits = self[index, index]
        let actual = (0..<classes).reduce(0) { $0 + self[index, $1] }
        let predicted = (0..<classes).reduce(0) { $0 + self[$1, index] }
        return Part(
            hits: hits, falseAlarms: predicted - hits, misses: actual - hits, rest: total - actual - predicted + hits)
    }

    private func mean(_ score: (Part) -> Double) -> Double {
        let parts = (0..<classes).map(part).filter { $0.hits + $0.falseAlarms + $0.misses > 0 }
        return parts.isEmpty ? 0 : parts.reduce(0) { $0 + score($1) } / Double(parts.count)
    }

    private static func share(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
}
