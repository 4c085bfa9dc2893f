import Foundation
import Logging
import OxbowExperiment
import OxbowModel
import OxbowProtocol
import OxbowReport
import OxbowRuntime

/// The run that a broker serves now, as it is written down. Used by one thread at a time.
final class KeptRun {
    let id: String
    let artifacts: RunArtifacts
    private let folder: String
    private let experiment: Experiment
    private let log: RunLogFile
    private let started: Double
    private let imposed: ImposedPlan?
    private var record = RunRecord()
    private let encoder = BrokerLine.encoder
    /// What the last report took, and when it was there: reports are to take a small share of the time.
    private var lastReport: (seconds: Double, end: Double) = (0, 0)
    private let logger: Logger
    /// A file that could not be written is told of once, and once when it could.
    private var (isLogTold, isReportTold) = (false, false)
    private var lastTry = 0.0

    /// - Throws: `RuntimeError` if its log cannot be written, `ExperimentError` if its file is none any more.
    init(
        _ id: String, _ store: RunStore, started: Double, _ imposed: ImposedPlan? = nil, logger: Logger = Logger(label: "runs")
    ) throws {
        (self.id, self.started, self.imposed, self.logger) = (id, started, imposed, logger)
        folder = store.folder(id)
        experiment = try Experiment.load(file: store.experiment(id), membership: .elastic)
        // A broker that died may have written some of it already.
        for line in BrokerLine.lines(ofFile: store.log(id)) { if let note = line.note { record.take(note, at: line.time) } }
        log = try RunLogFile(store.log(id))
        artifacts = RunArtifacts(folder: folder)
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    func take(_ note: BrokerNote, _ time: Double) {
        record.take(note, at: time)
        if let line = try? encoder.encode(BrokerLine(time: time, note: note)) { log.add(line, isSparse: note.isSparse) }
        tell(log.lostLines > 0, &isLogTold, "the run's log", "lines of it are missing")
        storeMissing()
        guard case .barrier(let round, _, _) = note else { return }
        artifacts.publish(round)
        let now = Date().timeIntervalSince1970
        if now - lastReport.end >= 20 * lastReport.seconds { writeReport(nil) }
    }

    /// `report.json`, `report.html`, `tensorboard/` and `plan.json`, of all committed rounds.
    /// - Parameter outcome: nil while the run goes on.
    func writeReport(_ outcome: RunOutcome?) {
        let start = Date().timeIntervalSince1970
        if outcome != nil { storeMissing(atOnce: true) }
        for key in outcome == nil ? [] : artifacts.missing { logger.error("lost: '\(key)' could not be written until the end") }
        var failure: String?
        // A disk that is full must not end a run for its report; the one before stays.
        do {
            try writePlan()
            try ReportFolder(folder).write(report(outcome, at: start))
        } catch {
            failure = "\(error)"
        }
        tell(failure != nil, &isReportTold, "the run's report", failure ?? "")
        let end = Date().timeIntervalSince1970
        lastReport = (end - start, end)
    }

    private func tell(_ isFailing: Bool, _ isTold: inout Bool, _ what: String, _ why: String) {
        guard isFailing != isTold else { return }
        isTold = isFailing
        if isFailing {
            logger.warning("\(what) cannot be written: \(why)", metadata: ["run": "\(id)"])
        } else {
            logger.notice("\(what) is written again", metadata: ["run": "\(id)"])
        }
    }

    /// At most once a second: notes come with every step.
    private func storeMissing(atOnce: Bool = false) {
        let now = Date().timeIntervalSince1970
        guard !artifacts.missing.isEmpty, atOnce || now - lastTry >= 1 else { return }
        lastTry = now
        if artifacts.storeMissing() { logger.notice("all files of the core are there", metadata: ["run": "\(id)"]) }
    }

    private func writePlan() throws {
        guard let plan = record.plan else { return }
        try OutputFolder.write(try JSON.encoder.encode(PlanFile(plan, record.plans)), to: folder + "/plan.json")
    }

    private func report(_ outcome: RunOutcome?, at time: Double) -> Report {
        let origin = Report.Origin(
            release: Release.version, kernels: "those of the fleet's machines", arguments: ["submit", "experiment.yaml"])
        let words: String =
            switch outcome {
            case nil: "The run goes on."
            case .finished: Report.finished
            case let ended?: ended.sentence ?? ""
            }
        var report = Report(
            record, experiment, origin, started: started, seconds: max(0, time - started), outcome: words,
            scores: record.scoresByRound
        ) { (Report.untold, cutsBy($0)) }
        report.domains = record.newestScores
        report.pictures = pictures
        report.generators = generators
        return report
    }

    private func cutsBy(_ worker: Assignment) -> String {
        if let imposed = imposed?.cutsBy(worker.workerID) { return imposed }
        if experiment.fleet.contains(where: { $0.cuts != nil && $0.tier == worker.tier }) { return "declared in the experiment" }
        guard let planner = record.scheduled?.planner, planner != ImposedPlan.planner else { return "the broker" }
        return "planner \(planner)"
    }

    private var pictures: [Report.Picture] {
        let classes = min(record.plan?.model.classes ?? 1, CoreArtifacts.mostClasses)
        return artifacts.pictures.map { Report.Picture(round: $0.round, cluster: $0.cluster, file: $0.file, classes: classes) }
    }

    /// Those that are there, with the workers of the last barrier's clusters.
    private var generators: [Report.Generator] {
        let entries = record.committed.last?.round.aggregation?.entries ?? []
        let clusters = Set(entries.map(\.cluster)).sorted()
        return clusters.compactMap { cluster in
            let file = "generator-\(cluster).safetensors"
            guard FileManager.default.fileExists(atPath: "\(folder)/\(file)") else { return nil }
            let workers = entries.filter { $0.cluster == cluster }.map { MemberID.edge($0.slot).description }
            return Report.Generator(cluster: Int(cluster), workers: workers, file: file)
        }
    }
}

extension BrokerNote {
    /// Of a kind that comes a few times a round at most, not with every step.
    var isSparse: Bool {
        switch self {
        case .ordered, .committed, .metrics, .awaiting, .refused, .standby: false
        default: true
        }
    }
}
