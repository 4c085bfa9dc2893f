import Foundation
import OxbowEvaluation
import OxbowExperiment
import OxbowFleet
import OxbowProtocol

/// `report.json`.
struct Report: Encodable {
    var version = 1
    var experiment: Experiment
    var seed: UInt64
    var stateHash: String?
    /// "finished", or why not.
    var outcome: String
    var rounds: [Round]
    var workers: [Worker]
    var domains: [String: DomainScores]
    var judges: [String: JudgeFacts]
    var throughput: Throughput
    var wire: Wire
    var generators: [Generator]
    var seconds: Double
    var losses: [String]
    /// Peak memory and processor time by process: broker, core, workers.
    var processes: [String: ProcessUsage]

    struct Round: Encodable {
        var round: Int
        var steps: Int
        var seconds: Double
        var hash: String
        var clusters: [[String]]
        var weights: [String: Double]
        var divergence: [String: Double]
        var loss: Loss
        var bytes: Bytes
        var secondsBy: SecondsBy
        var domains: [String: Scores]
    }
    struct Loss: Encodable {
        var dReal: Double
        var dFake: Double
        var g: Double
    }
    struct Bytes: Encodable {
        var up: UInt64
        var down: UInt64
    }
    /// Seconds of a round. Of the workers' means: computing, encoding and decoding, waiting beyond the core's computing.
    struct SecondsBy: Encodable {
        var computeEdge: Double
        var computeCore: Double
        var wire: Double
        var wait: Double
    }
    struct Worker: Encodable {
        var id: String
        var name: String
        var tier: String
        var domain: String
        var samples: UInt64
        var cuts: [Int]
        var bytesSent: UInt64
        var bytesReceived: UInt64
    }
    struct Throughput: Encodable {
        var samplesPerSecond: Double
        var stepSeconds: StepSeconds
    }
    struct StepSeconds: Encodable {
        var median: Double
        var p95: Double
    }
    struct Wire: Encodable {
        var bytesPerWorkerStep: Double
        var encoding = "float32"
    }
    struct Generator: Encodable {
        var cluster: Int
        var workers: [String]
        var file: String
    }
}

extension Report {
    init(_ result: RunResult) {
        let (inputs, record) = (result.inputs, result.record)
        experiment = inputs.experiment
        seed = inputs.experiment.seed
        rounds = record.committed.map { Round($0.number, $0.round, result.scores.byRound[$0.number] ?? [:]) }
        stateHash = rounds.last?.hash
        outcome = result.failure.map(\.description) ?? "finished"
        workers = Self.workers(inputs, record)
        domains = result.scores.final
        judges = result.scores.judges
        throughput = Self.throughput(record, inputs)
        let steps = rounds.reduce(0) { $0 + $1.steps } * max(1, workers.count)
        let bytes = rounds.reduce(0) { $0 + $1.bytes.up + $1.bytes.down }
        wire = Wire(bytesPerWorkerStep: steps == 0 ? 0 : Double(bytes) / Double(steps))
        generators = result.scores.generators
        seconds = result.seconds
        losses = record.lost
        processes = result.usage
    }

    private static func workers(_ inputs: RunInputs, _ record: RunRecord) -> [Worker] {
        zip(inputs.roster, record.plan?.assignments ?? []).map { entry, assignment in
            let traffic = record.committed.map { $0.round.traffic[.edge(entry.slot)] ?? Traffic() }
            return Worker(
                id: MemberID.edge(entry.slot).description, name: entry.workerID, tier: entry.tier, domain: entry.domain,
                samples: assignment.samples, cuts: assignment.cuts.values,
                bytesSent: traffic.reduce(0) { $0 + $1.up }, bytesReceived: traffic.reduce(0) { $0 + $1.down })
        }
    }

    private static func throughput(_ record: RunRecord, _ inputs: RunInputs) -> Throughput {
        let sorted = record.stepSeconds.sorted()
        guard !sorted.isEmpty else { return Throughput(samplesPerSecond: 0, stepSeconds: StepSeconds(median: 0, p95: 0)) }
        let median = sorted[sorted.count / 2]
        let samples = Double(inputs.roster.count * inputs.experiment.model.batch)
        return Throughput(
            samplesPerSecond: samples / median,
            stepSeconds: StepSeconds(median: median, p95: sorted[min(sorted.count - 1, sorted.count * 95 / 100)]))
    }

    /// What is printed at the end.
    func summary(path: String) -> String {
        var lines = [outcome == "finished" ? "finished in \(Progress.clock(seconds))" : outcome]
        for (name, scores) in domains.sorted(by: { $0.key < $1.key }) {
            lines.append(
                String(
                    format: "%@: image score %.2f (real images %.2f), label accuracy %.3f", name, scores.imageScore,
                    judges[name]?.realScore ?? 0, scores.labelAccuracy))
        }
        if let stateHash { lines.append("state hash \(stateHash)") }
        lines.append(path)
        return lines.joined(separator: "\n")
    }
}

extension Report.Round {
    init(_ number: Int, _ round: RunRecord.Round, _ scores: [String: Scores]) {
        self.round = number
        steps = round.steps
        seconds = round.seconds
        hash = StateDigest.stateHash(round.digests)
        domains = scores
        let entries = round.aggregation?.entries ?? []
        let count = (entries.map(\.cluster).max() ?? 0) + 1
        clusters = (0..<count).map { cluster in
            entries.filter { $0.cluster == cluster }.map { MemberID.edge($0.slot).description }
        }
        let names = entries.map { MemberID.edge($0.slot).description }
        weights = Dictionary(zip(names, entries.map(\.clusterWeight)), uniquingKeysWith: { first, _ in first })
        divergence = Dictionary(zip(names, entries.map(\.clusterDivergence)), uniquingKeysWith: { first, _ in first })
        bytes = Report.Bytes(
            up: round.traffic.values.reduce(0) { $0 + $1.up }, down: round.traffic.values.reduce(0) { $0 + $1.down })
        (loss, secondsBy) = Self.means(round)
    }

    private static func means(_ round: RunRecord.Round) -> (Report.Loss, Report.SecondsBy) {
        // By slot: sums must not hang on a dictionary's order.
        let edges = round.metrics.filter { $0.key.role == .edge }.sorted { $0.key < $1.key }
        let workers = Double(max(1, edges.count))
        let steps = Double(max(1, edges.reduce(0) { $0 + (round.counts[$1.key] ?? 0) }))
        let core = round.metrics.filter { $0.key.role == .core }.values
        let computeCore = core.reduce(0) { $0 + $1.computeSeconds }
        func mean(_ part: KeyPath<StepMetrics, Double>) -> Double {
            edges.reduce(0) { $0 + $1.value[keyPath: part] } / workers
        }
        let loss = Report.Loss(
            dReal: mean(\.lossReal) * workers / steps, dFake: mean(\.lossFake) * workers / steps,
            g: mean(\.lossGenerator) * workers / steps)
        let seconds = Report.SecondsBy(
            computeEdge: mean(\.computeSeconds), computeCore: computeCore,
            wire: mean(\.codecSeconds) + core.reduce(0) { $0 + $1.codecSeconds },
            wait: max(0, mean(\.waitSeconds) - computeCore))
        return (loss, seconds)
    }
}
