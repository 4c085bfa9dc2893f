import Foundation
import OxbowEvaluation
import OxbowExperiment
import OxbowFleet
import OxbowProtocol
import OxbowReport

/// Fills a report from what a session found out.
extension Report {
    init(_ result: RunResult, _ origin: Origin) {
        let inputs = result.inputs
        let domains = Dictionary(inputs.roster.map { ($0.workerID, $0) }, uniquingKeysWith: { first, _ in first })
        self.init(
            result.record, inputs.experiment, origin, started: result.started, seconds: result.seconds,
            outcome: result.failure.map(\.description) ?? Report.finished, scores: result.scores.byRound
        ) { assignment in
            let entry = domains[assignment.workerID]
            let chosenBy = result.imposed?.cutsBy(assignment.workerID) ?? entry.map(inputs.experiment.cutsBy)
            return (entry?.domain ?? Report.untold, chosenBy ?? "")
        }
        self.domains = result.scores.final
        judges = result.scores.judges
        generators = result.scores.generators
        pictures = result.scores.pictures
        processes = result.usage
    }

    /// From what a broker heard: of data it knows nothing.
    /// - Parameter describe: a worker's domain, and who chose its cuts.
    init(
        _ record: RunRecord, _ experiment: Experiment, _ origin: Origin, started: Double, seconds: Double, outcome: String,
        scores: [Int: [String: Scores]] = [:], describe: (Assignment) -> (domain: String, cutsBy: String)
    ) {
        let rounds = record.committed.map { Round($0.number, $0.round, scores[$0.number] ?? [:]) }
        let workers = record.workers.sorted { $0.key < $1.key }.map { _, assignment in
            let (domain, cutsBy) = describe(assignment)
            return Worker(assignment, record, domain: domain, cutsBy: cutsBy)
        }
        self.init(
            origin: origin, experiment: experiment, stateHash: rounds.last?.hash, outcome: outcome, started: started,
            seconds: seconds, rounds: rounds, workers: workers,
            core: Core(secondsBy: MemberSeconds(of: .core(), record)), domains: [:], judges: [:],
            throughput: Self.throughput(record, workers: workers.count, batch: experiment.model.batch),
            wire: Self.wire(record), generators: [], pictures: [], losses: record.lost)
        addFleet(record)
    }

    private mutating func addFleet(_ record: RunRecord) {
        membership = record.membership
        plans = record.plans.count < 2 ? nil : record.plans.map { PlanChange(round: $0.round, $0.assignments) }
        deadlines = record.deadlines.map {
            Deadline(
                tier: $0.tier, exchange: Int($0.exchange), medianSeconds: $0.medianSeconds, spreadSeconds: $0.spreadSeconds,
                deadlineSeconds: $0.deadlineSeconds)
        }
        timings = record.timings.timings
        scheduler = record.scheduled.map { planner, cost in
            Scheduler(
                planner: planner, costModel: cost?.model, seconds: cost?.seconds, lowerBound: cost?.lowerBound,
                gap: cost?.gap)
        }
        scheduler?.steadySeconds = record.steadySeconds
        scheduler?.medianError = Self.medianError(record.timings.timings, isCore: false)
        scheduler?.medianErrorCore = Self.medianError(record.timings.timings, isCore: true)
        image = record.plan.map {
            ImageFacts(
                height: $0.model.imageHeight, width: $0.model.imageWidth, channels: $0.model.imageChannels,
                classes: $0.model.classes)
        }
    }

    /// Bytes of a round's steps over all that took part in them.
    private static func wire(_ record: RunRecord) -> Wire {
        var (steps, bytes) = (0, UInt64(0))
        for (_, round) in record.committed {
            steps += round.steps * max(1, round.members.count)
            bytes += round.traffic.values.reduce(0) { $0 + $1.up + $1.down }
        }
        return Wire(bytesPerWorkerStep: steps == 0 ? 0 : Double(bytes) / Double(steps))
    }

    private static func throughput(_ record: RunRecord, workers: Int, batch: Int) -> Throughput {
        let sorted = record.stepSeconds.sorted()
        guard !sorted.isEmpty else { return Throughput(samplesPerSecond: 0, stepSeconds: StepSeconds(median: 0, p95: 0)) }
        let median = sorted[sorted.count / 2]
        let members = record.committed.last.map(\.round.members.count) ?? workers
        return Throughput(
            samplesPerSecond: median > 0 ? Double(members * batch) / median : 0,
            stepSeconds: StepSeconds(median: median, p95: sorted[min(sorted.count - 1, sorted.count * 95 / 100)]))
    }
}

extension Report.Worker {
    init(_ assignment: Assignment, _ record: RunRecord, domain: String, cutsBy: String) {
        let member = MemberID.edge(assignment.slot)
        let traffic = record.committed.map { $0.round.traffic[member] ?? Traffic() }
        self.init(
            id: member.description, name: assignment.workerID, tier: assignment.tier, domain: domain,
            samples: assignment.samples, cuts: assignment.cuts.values, cutsBy: cutsBy,
            bytesSent: traffic.reduce(0) { $0 + $1.up }, bytesReceived: traffic.reduce(0) { $0 + $1.down },
            secondsBy: Report.MemberSeconds(of: member, record))
    }
}

extension Report.MemberSeconds {
    /// Of one member, over all committed rounds.
    fileprivate init(of member: MemberID, _ record: RunRecord) {
        self = record.committed.compactMap { $0.round.metrics[member] }.reduce(into: .init()) { sum, metrics in
            sum.compute += metrics.computeSeconds
            sum.wire += metrics.codecSeconds
            sum.wait += metrics.waitSeconds
        }
    }
}

extension Report.PlanChange {
    fileprivate init(round: Int, _ assignments: [Assignment]) {
        self.init(
            round: round,
            cuts: Dictionary(
                assignments.map { (MemberID.edge($0.slot).description, $0.cuts.values) }, uniquingKeysWith: { first, _ in first })
        )
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
            secondsBy: secondsBy, domains: scores, members: round.members.map { MemberID.edge($0).description })
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
        if let modelled = modelledLine { lines.append(modelled) }
        if let stateHash { lines.append("state hash \(stateHash)") }
        lines.append(path)
        return lines.joined(separator: "\n")
    }

    /// How good the cost model was, where it said anything.
    private var modelledLine: String? {
        guard let scheduler, let steady = scheduler.steadySeconds, let error = scheduler.medianError, !rounds.isEmpty else {
            return nil
        }
        let core = scheduler.medianErrorCore.map { String(format: ", the core's %.1f %%", $0 * 100) } ?? ""
        return String(
            format: "a step: modelled %.4g s, measured %.4g s; median error of a worker's exchange %.1f %%", steady,
            throughput.stepSeconds.median, error * 100) + core
    }
}
