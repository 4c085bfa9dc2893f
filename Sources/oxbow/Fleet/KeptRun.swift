import Foundation
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
    private var record = RunRecord()
    private let encoder = BrokerLine.encoder
    /// What the last report took, and when it was there: reports are to take a small share of the time.
    private var lastReport: (seconds: Double, end: Double) = (0, 0)

    /// - Throws: `RuntimeError` if its log cannot be written, `ExperimentError` if its file is none any more.
    init(_ id: String, _ store: RunStore, started: Double) throws {
        (self.id, self.started) = (id, started)
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
        guard case .barrier(let round, _, _) = note else { return }
        artifacts.publish(round)
        let now = Date().timeIntervalSince1970
        if now - lastReport.end >= 20 * lastReport.seconds { writeReport(nil) }
    }

    /// `report.json`, `report.html`, `tensorboard/` and `plan.json`, of all committed rounds.
    /// - Parameter outcome: nil while the run goes on.
    func writeReport(_ outcome: RunOutcome?) {
        let start = Date().timeIntervalSince1970
        // A disk that is full must not end a run for its report.
        try? writePlan()
        try? ReportFolder(folder).write(report(outcome, at: start))
        let end = Date().timeIntervalSince1970
        lastReport = (end - start, end)
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
        let chosenBy = record.scheduled.map { "planner \($0.planner)" } ?? "the broker"
        let fixed = Set(experiment.fleet.filter { $0.cuts != nil }.map(\.tier))
        var report = Report(
            record, experiment, origin, started: started, seconds: max(0, time - started), outcome: words
        ) { (Report.untold, fixed.contains($0.tier) ? "declared in the experiment" : chosenBy) }
        report.pictures = pictures
        report.generators = generators
        return report
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
