import Metrics
import Synchronization

/// The backend of swift-metrics here: keeps what is measured and writes it in Prometheus' text format, version 0.0.4.
///
/// A family is declared with its kind and help before its series are made; label names are the program's, values may be a
/// peer's.
public final class PrometheusRegistry: Sendable {
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    struct Family: Sendable {
        var kind: Kind
        var help: String
        /// Upper bounds of a histogram's buckets, rising, without the infinite one.
        var bounds: [Double] = []
        var series: [Labels: any PrometheusSeries] = [:]
    }

    struct Labels: Hashable, Comparable, Sendable {
        var pairs: [Pair]

        struct Pair: Hashable, Sendable {
            var name: String
            var value: String
        }

        init(_ dimensions: [(String, String)]) {
            pairs = dimensions.map { Pair(name: $0.0, value: $0.1) }.sorted { $0.name < $1.name }
        }

        static func < (a: Labels, b: Labels) -> Bool {
            a.pairs.lexicographicallyPrecedes(b.pairs) { ($0.name, $0.value) < ($1.name, $1.value) }
        }
    }

    private let families = Mutex<[String: Family]>([:])

    public init() {}

    /// - Parameters:
    ///   - name: by Prometheus' conventions, with its unit: letters, digits and '_'.
    ///   - bounds: of a histogram's buckets, rising.
    public func declare(_ name: String, _ kind: Kind, _ help: String, bounds: [Double] = []) {
        families.withLock { families in
            precondition(families[name] == nil, "\(name) is declared twice")
            families[name] = Family(kind: kind, help: help, bounds: bounds)
        }
    }

    /// The series of these labels, made at its first use; one that nobody declared, or of another kind, goes nowhere.
    func series<Series: PrometheusSeries>(
        _ name: String, _ dimensions: [(String, String)], _ kinds: [Kind], _ make: ([Double]) -> Series
    ) -> Series {
        let labels = Labels(dimensions)
        return families.withLock { families in
            guard let family = families[name], kinds.contains(family.kind) else { return make([]) }
            if let known = family.series[labels] as? Series { return known }
            let new = make(family.bounds)
            families[name]?.series[labels] = new
            return new
        }
    }

    /// Everything, by name and labels.
    public var text: String {
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            text += "# HELP \(name) \(PrometheusText.help(family.help))\n# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) { series.write(name, labels, to: &text) }
        }
        return text
    }
}

extension PrometheusRegistry: MetricsFactory {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, [.counter]) { _ in NumberSeries() }
    }

    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        series(label, dimensions, [.counter]) { _ in NumberSeries() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, [.gauge]) { _ in NumberSeries() }
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? series(label, dimensions, [.histogram]) { HistogramSeries(bounds: $0) }
            : series(label, dimensions, [.gauge]) { _ in NumberSeries() }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, [.histogram]) { HistogramSeries(bounds: $0) }
    }

    // Series stay: a counter that vanished and came back would start from 0.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
}
