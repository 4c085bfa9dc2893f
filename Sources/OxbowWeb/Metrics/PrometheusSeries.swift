import Metrics
import Synchronization

/// What is measured under one name and one set of labels.
protocol PrometheusSeries: AnyObject, Sendable {
    func write(_ name: String, _ labels: PrometheusRegistry.Labels, to text: inout String)
}

/// A number that is counted up or set.
final class NumberSeries: PrometheusSeries, CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)

    func increment(by amount: Int64) { value.withLock { $0 += Double(amount) } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func set(_ new: Int64) { value.withLock { $0 = Double(new) } }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func record(_ new: Int64) { set(new) }
    func record(_ new: Double) { set(new) }
    func reset() { set(0.0) }

    func write(_ name: String, _ labels: PrometheusRegistry.Labels, to text: inout String) {
        text += PrometheusText.sample(name, labels, value.withLock { $0 })
    }
}

/// How often a value was at most so much; times are in seconds.
final class HistogramSeries: PrometheusSeries, TimerHandler, RecorderHandler {
    private struct State {
        /// By bucket, the infinite one last; not cumulative.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) * 1e-9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    func write(_ name: String, _ labels: PrometheusRegistry.Labels, to text: inout String) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var total: UInt64 = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            total += count
            let pair = PrometheusRegistry.Labels.Pair(name: "le", value: PrometheusText.number(bound))
            text += PrometheusText.sample("\(name)_bucket", labels, Double(total), last: pair)
        }
        text += PrometheusText.sample("\(name)_sum", labels, sum) + PrometheusText.sample("\(name)_count", labels, Double(total))
    }
}

/// Lines of Prometheus' text format.
enum PrometheusText {
    /// The media type of a page of them.
    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    static func sample(
        _ name: String, _ labels: PrometheusRegistry.Labels, _ value: Double, last: PrometheusRegistry.Labels.Pair? = nil
    ) -> String {
        let pairs = (labels.pairs + [last].compactMap { $0 }).map { "\($0.name)=\"\(escaped($0.value))\"" }
        return "\(name)\(pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}") \(number(value))\n"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 9e15 ? String(Int64(value)) : String(value)
    }

    /// The value of a label between quotes; control characters, which a peer may have sent, become '?'.
    static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value): result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func help(_ text: String) -> String {
        text.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
            .split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
    }
}

/// A bound on the values of a label that peers choose: the first so many keep their name, all others share one.
final class LabelLimit: Sendable {
    static let other = "other"
    private let most: Int
    private let known = Mutex<Set<String>>([])

    init(_ most: Int) { self.most = most }

    func value(_ name: String) -> String {
        known.withLock { known in
            if known.contains(name) { return name }
            guard known.count < most else { return Self.other }
            known.insert(name)
            return name
        }
    }
}
