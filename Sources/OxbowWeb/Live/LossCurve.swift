import OxbowProtocol

/// Losses by step, as means over workers. A run of any length takes the same memory: with too many points, neighbours become
/// one.
struct LossCurve: Sendable {
    struct Losses: Hashable, Sendable {
        var dReal = 0.0
        var dFake = 0.0
        var g = 0.0

        static func + (a: Losses, b: Losses) -> Losses {
            Losses(dReal: a.dReal + b.dReal, dFake: a.dFake + b.dFake, g: a.g + b.g)
        }

        static func / (a: Losses, count: Double) -> Losses {
            Losses(dReal: a.dReal / count, dFake: a.dFake / count, g: a.g / count)
        }
    }

    struct Point: Hashable, Sendable {
        /// The last step that it holds, from 1 over all rounds.
        var step: Int
        var losses: Losses
    }

    /// Of a step under way, or of several that are to become one point.
    private struct Sum {
        var step = 0
        var losses = Losses()
        var count = 0

        var mean: Losses { losses / Double(max(1, count)) }

        mutating func add(_ more: Losses) {
            losses = losses + more
            count += 1
        }
    }

    private(set) var points: [Point] = []
    /// Means of the newest step of which something is known.
    private(set) var newest: Losses?
    private var current = Sum()
    private var gathered = Sum()
    private var stepsPerPoint = 1

    static let mostPoints = 256

    /// - Parameter step: from 1 over all rounds.
    mutating func add(_ metrics: StepMetrics, step: Int) {
        // A repeated half tells again of a step that has its point.
        guard step >= current.step else { return }
        if step > current.step {
            close()
            current.step = step
        }
        current.add(Losses(dReal: metrics.lossReal, dFake: metrics.lossFake, g: metrics.lossGenerator))
        newest = current.mean
    }

    /// Steps after this one are void: the run goes on from there.
    mutating func rewind(to step: Int) {
        points.removeAll { $0.step > step }
        (current, gathered) = (Sum(step: step), Sum())
    }

    private mutating func close() {
        guard current.count > 0 else { return }
        gathered.step = current.step
        gathered.add(current.mean)
        current = Sum()
        guard gathered.count >= stepsPerPoint else { return }
        points.append(Point(step: gathered.step, losses: gathered.mean))
        gathered = Sum()
        if points.count > Self.mostPoints { halve() }
    }

    private mutating func halve() {
        stepsPerPoint *= 2
        points = stride(from: 0, to: points.count, by: 2).map { index in
            guard index + 1 < points.count else { return points[index] }
            return Point(step: points[index + 1].step, losses: (points[index].losses + points[index + 1].losses) / 2)
        }
    }
}
