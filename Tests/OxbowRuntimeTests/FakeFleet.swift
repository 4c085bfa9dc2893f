import OxbowModel
import OxbowProtocol

@testable import OxbowRuntime

/// A fleet service that remembers what it was asked.
final class FakeFleet: FleetService {
    var accepted: [Submission] = []
    var runs: Set<String> = ["base"]
    var content = [UInt8]((0..<100).map { UInt8($0) })

    func accept(_ submission: Submission) throws(OperatorRefusal) -> RunSettings {
        guard !submission.experiment.isEmpty else { throw OperatorRefusal(.unusable, "it is empty") }
        accepted.append(submission)
        runs.insert("new")
        let plan = Plan(
            run: 1, seed: 1, model: ModelParameters(width: 1), batch: 1, rounds: 1, stepsPerRound: 1,
            optimizer: OptimizerSettings(),
            method: MethodSettings(
                name: .oxbow, start: .common, batches: .permutation, clusters: 0, plainRounds: 0, alpha: 1, signalSteps: 1),
            assignments: [])
        return RunSettings(id: "new", membership: .elastic, demands: [], template: plan)
    }

    func knows(run: String) -> Bool { runs.contains(run) }
    func list(_ status: FleetStatus) -> [RunSummary] {
        runs.sorted().map { RunSummary(id: $0, state: .queued, rounds: 1, submitted: 0) }
    }
    func reconcile(_ status: FleetStatus) {}
    func files(of run: String) throws(OperatorRefusal) -> [RunFile] {
        guard knows(run: run) else { throw OperatorDesk.unknown(run) }
        return [RunFile(path: "report.json", bytes: 100)]
    }
    func read(_ file: String, of run: String, offset: UInt64, most: Int) throws(OperatorRefusal) -> FilePart {
        guard knows(run: run) else { throw OperatorDesk.unknown(run) }
        let start = min(content.count, Int(offset))
        return FilePart(bytes: Array(content[start..<min(content.count, start + most)]), totalBytes: 100, version: "1")
    }
    func log(of run: String, offset: UInt64, most: Int) throws(OperatorRefusal) -> FilePart {
        try read("log.jsonl", of: run, offset: offset, most: most)
    }
}
