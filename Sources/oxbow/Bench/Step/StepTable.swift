import OxbowReport

/// What is needed of a run's report.
struct StepRun: Decodable {
    struct Throughput: Decodable {
        var stepSeconds: StepSeconds
    }
    struct StepSeconds: Decodable {
        var median: Double
        var p95: Double
    }
    struct Round: Decodable {
        var steps: Int
        var secondsBy: SecondsBy
    }
    struct SecondsBy: Decodable {
        var computeEdge: Double
        var computeCore: Double
        var wire: Double
        var wait: Double
    }
    struct Wire: Decodable {
        var bytesPerWorkerStep: Double
    }
    var throughput: Throughput
    var rounds: [Round]
    var processes: [String: ProcessUsage]
    var wire: Wire
}

/// The rows of `oxbow bench step`.
struct StepTable {
    var load: StepLoad
    var runs: [(transport: Transport, runs: [StepRun])]
    var others: [(command: String, seconds: Samples)]

    var rows: [BenchRow] { speeds + shares + processes }

    private func speed(_ name: String, _ seconds: Double, _ slowest: Double) -> BenchRow {
        var values = [
            BenchValue("samples_per_second", "samples/s", Double(load.samplesPerStep) / seconds),
            BenchValue("step_milliseconds", "step ms", seconds * 1e3),
            BenchValue("slowest_turn_milliseconds", "slowest turn ms", slowest * 1e3),
        ]
        for (index, other) in others.enumerated() {
            values.append(
                BenchValue("times_other_\(index + 1)", "times \(Self.short(other.command))", other.seconds.median / seconds))
        }
        return BenchRow("a step of \(load.workers) workers", name, values)
    }

    private var speeds: [BenchRow] {
        runs.map { transport, runs in
            var medians = Samples()
            for run in runs { medians.add(run.throughput.stepSeconds.median) }
            return speed("oxbow over \(transport.rawValue)", medians.median, medians.max)
        } + others.map { speed(Self.short($0.command), $0.seconds.median, $0.seconds.max) }
    }

    /// A command by its last path and options: "pytorch_step.py --channels-last".
    private static func short(_ command: String) -> String {
        let words = command.split(separator: " ")
        let start = words.firstIndex { $0.hasSuffix(".py") } ?? 0
        return words[start...].map { $0.split(separator: "/").last.map(String.init) ?? "" }.joined(separator: " ")
    }

    /// Means of a worker's step, over all turns.
    private var shares: [BenchRow] {
        runs.flatMap { transport, runs in
            // In the first round primitives are made and memory is touched for the first time.
            let rounds = runs.compactMap(\.rounds.last)
            let steps = Double(max(1, rounds.reduce(0) { $0 + $1.steps }))
            func mean(_ part: KeyPath<StepRun.SecondsBy, Double>) -> Double {
                rounds.reduce(0) { $0 + $1.secondsBy[keyPath: part] } / steps
            }
            let parts = [
                ("the worker computes", mean(\.computeEdge)), ("the core computes", mean(\.computeCore)),
                ("copying", mean(\.wire)), ("wire and waiting", mean(\.wait)),
            ]
            let total = parts.reduce(0) { $0 + $1.1 }
            return parts.map { name, seconds in
                BenchRow(
                    "where a worker's step goes over \(transport.rawValue)", name,
                    [BenchValue("milliseconds", "ms", seconds * 1e3), BenchValue("percent", "%", 100 * seconds / total)])
            }
        }
    }

    /// The largest of each role, over all turns.
    private var processes: [BenchRow] {
        runs.flatMap { transport, runs in
            ["broker", "core", "worker"].map { role in
                let found = runs.flatMap { run in
                    run.processes.filter { role == "worker" ? !["broker", "core"].contains($0.key) : $0.key == role }.values
                }
                let steps = Double(2 * load.steps)
                return BenchRow(
                    "processes, the largest of each role", "\(role) over \(transport.rawValue)",
                    [
                        BenchValue(
                            "peak_mebibytes", "peak MiB", (found.map { Double($0.peakBytes) }.max() ?? .nan) / 1_048_576),
                        BenchValue(
                            "cpu_milliseconds_per_step", "CPU ms a step", (found.map(\.cpuSeconds).max() ?? .nan) / steps * 1e3),
                    ])
            }
        }
    }
}
