import Foundation
import OxbowEvaluation
import OxbowExperiment
import OxbowFleet
import OxbowProtocol
import OxbowReport

/// Fills a report from what a session found out.
extension Report {
    init(_ result: RunResult, _ origin: Origin) {
        let (inputs, record) = (result.inputs, result.record)
        let rounds = record.committed.map { Round($0.number, $0.round, result.scores.byRound[$0.number] ?? [:]) }
        let workers = Self.workers(inputs, record)
        self.init(
            origin: origin, experiment: inputs.experiment, stateHash: rounds.last?.hash,
            outcome: result.failure.map(\.description) ?? Report.finished, started: result.started,
            seconds: result.seconds, rounds: rounds, workers: workers,
            core: Core(secondsBy: Self.seconds(of: .core(), record)), domains: result.scores.final,
            judges: result.scores.judges, throughput: Self.throughput(record, inputs),
            wire: Self.wire(rounds, workers: workers.count), generators: result.scores.generators,
            pictures: result.scores.pictures, losses: record.lost, processes: result.usage)
    }

    private static func workers(_ inputs: RunInputs, _ record: RunRecord) -> [Worker] {
        zip(inputs.roster, record.plan?.assignments ?? []).map { entry, assignment in
            let traffic = record.committed.map { $0.round.traffic[.edge(entry.slot)] ?? Traffic() }
            return Worker(
                id: MemberID.edge(entry.slot).description, name: entry.workerID, tier: entry.tier, domain: entry.domain,
                samples: assignment.samples, cuts: assignment.cuts.values, cutsBy: inputs.experiment.cutsBy(entry),
                bytesSent: traffic.reduce(0) { $0 + $1.up }, bytesReceived: traffic.reduce(0) { $0 + $1.down },
                secondsBy: seconds(of: .edge(entry.slot), record))
        }
    }

    private static func seconds(of member: MemberID, _ record: RunRecord) -> MemberSeconds {
        record.committed.compactMap { $0.round.metrics[member] }.reduce(into: MemberSeconds()) { sum, metrics in
            sum.compute += metrics.computeSeconds
            sum.wire += metrics.codecSeconds
            sum.wait += metrics.waitSeconds
        }
    }

    private static func wire(_ rounds: [Round], workers: Int) -> Wire {
        let steps = rounds.reduce(0) { $0 + $1.steps } * max(1, workers)
        let bytes = rounds.reduce(0) { $0 + $1.bytes.up + $1.bytes.down }
        return Wire(bytesPerWorkerStep: steps == 0 ? 0 : Double(bytes) / Double(steps))
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
}

extension Report.Round {
    init(_ number: Int, _ round: RunRecord.Round, _ scores: [String: Scores]) {
        let entries = round.aggregation?.entries ?? []
        let count = (entries.map(\.cluster).max() ?? 0) + 1
        let names = entries.map { MemberID.edge($0.slot).description }
        let (loss, secondsBy) = Self.means(round)
        self.init(
            round: number, steps: round.steps, seconds: round.seconds, committedAt: round.startTime + round.seconds,
            hash: StateDigest.stateHash(round.digests),
            clusters: (0..<count).map { cluster in
                entries.filter { $0.cluster == cluster }.map { MemberID.edge($0.slot).description }
            },
            weights: Dictionary(zip(names, entries.map(\.clusterWeight)), uniquingKeysWith: { first, _ in first }),
            divergence: Dictionary(zip(names, entries.map(\.clusterDivergence)), uniquingKeysWith: { first, _ in first }),
            loss: loss,
            bytes: Report.Bytes(
                up: round.traffic.values.reduce(0) { $0 + $1.up }, down: round.traffic.values.reduce(0) { $0 + $1.down }),
            secondsBy: secondsBy, domains: scores)
    }

    private static func means(_ round: RunRecord.Round) -> (Report.Loss, Report.SecondsBy) {
        // By slot: sums must not hang on a dictionary's order.
        let edges = round.metrics.filter { $0.key.role == .edge }.sorted { $0.key < $1.key }
        let workers = Double(max(1, edges.count))
        let steps = Double(max(1, edges.reduce(0) { $0 + (round.counts[$1.key] ?? 0) }))
        let core = round.metrics.filter { $0.key.role == .core }.values
        let computeCore = core.reduce(0) { $0 + $1.computeSeconds }
        let wireCore = core.reduce(0) { $0 + $1.codecSeconds }
        func mean(_ part: KeyPath<StepMetrics, Double>) -> Double {
            edges.reduce(0) { $0 + $1.value[keyPath: part] } / workers
        }
        let loss = Report.Loss(
            dReal: mean(\.lossReal) * workers / steps, dFake: mean(\.lossFake) * workers / steps,
            g: mean(\.lossGenerator) * workers / steps)
        let seconds = Report.SecondsBy(
            computeEdge: mean(\.computeSeconds), computeCore: computeCore,
            wire: mean(\.codecSeconds) + wireCore, wait: max(0, mean(\.waitSeconds) - computeCore - wireCore))
        return (loss, seconds)
    }
}

extension Report {
    /// What is printed at the end; the path of the page comes last.
    func summary(path: String) -> String {
        var lines = [isFinished ? "finished in \(Progress.clock(seconds))" : outcome]
        for (name, scores) in domains.sorted(by: { $0.key < $1.key }) {
            var line = String(
                format: "%@: image score %.2f (real images %.2f), label accuracy %.3f", name, scores.imageScore,
                judges[name]?.realScore ?? 0, scores.labelAccuracy)
            if let fid = scores.fid { line += String(format: ", FID %.1f", fid) }
            if let found = scores.classification { line += String(format: ", classification %.3f", found.accuracy) }
            lines.append(line)
        }
        if let stateHash { lines.append("state hash \(stateHash)") }
        lines.append(path)
        return lines.joined(separator: "\n")
    }
}
