import Foundation
import Logging
import OxbowExperiment
import OxbowModel
import OxbowProtocol
import OxbowRuntime

/// A broker's memory of its runs: takes submissions, writes logs, files and reports, and shows them to operators.
///
/// The broker's thread only looks things up and hands work over; a queue of its own does all writing, in order.
// Sendable: `kept` is used on the queue alone, `pending` under the lock; everything else is fixed.
final class RunKeeper: @unchecked Sendable {
    let store: RunStore
    private let largestBody: Int
    private let servesOneRun: Bool
    private let imposed: ImposedPlan?
    private let logger: Logger
    private let queue = DispatchQueue(label: "runs")
    private let lock = NSLock()
    private var pending = (notes: 0, bytes: 0)
    private var kept: KeptRun?
    /// The run under way, if its log could not be begun: that is tried again.
    private var unkept: (run: String, started: Double, lastTry: Double)?

    /// Runs that may wait: each is a file on the disk and a place in memory.
    static let mostQueued = 256
    private static let mostPendingNotes = 100_000
    private static let mostPendingBytes = 512 << 20

    /// - Parameters:
    ///   - largestBody: the most bytes of a message that this broker takes.
    ///   - servesOneRun: nothing can be submitted to this broker.
    ///   - imposed: the plan of the one run that such a broker serves.
    init(
        _ store: RunStore, largestBody: Int, servesOneRun: Bool = false, imposed: ImposedPlan? = nil, logger: Logger
    ) {
        (self.store, self.largestBody, self.logger) = (store, largestBody, logger)
        (self.servesOneRun, self.imposed) = (servesOneRun, imposed)
        // The last time may have been for larger numbers.
        prune()
    }

    /// A note of the broker's machine. Those of a run follow its `started`.
    func note(_ note: BrokerNote) {
        if case .awaiting = note { return }
        let time = Date().timeIntervalSince1970
        let isTaken = lock.withLock {
            guard pending.notes < Self.mostPendingNotes else { return false }
            pending.notes += 1
            return true
        }
        // A disk that takes nothing for so long: training goes on, its log has a gap.
        guard isTaken else { return }
        queue.async { [self] in
            lock.withLock { pending.notes -= 1 }
            take(note, time)
        }
    }

    /// A file that the core left.
    func store(_ run: String, _ key: ArtifactKey, _ bytes: Data) {
        let isTaken = lock.withLock {
            guard pending.bytes + bytes.count <= Self.mostPendingBytes else { return false }
            pending.bytes += bytes.count
            return true
        }
        guard isTaken else {
            logger.warning("an artifact was dropped: the disk is too slow", metadata: ["file": "\(key)"])
            return
        }
        queue.async { [self] in
            lock.withLock { pending.bytes -= bytes.count }
            keep(key, bytes, of: run)
        }
    }

    /// Returns once everything that was told is on the disk.
    func finish() {
        queue.sync {
            // A run that is under way goes on when the broker is started again.
            kept?.writeReport(nil)
            kept = nil
        }
    }

    // MARK: On the queue

    private func take(_ note: BrokerNote, _ time: Double) {
        if case .started(let run, _) = note {
            unkept = nil
            if kept?.id != run { kept = nil }
            begin(run, time)
        }
        if let unkept, time - unkept.lastTry >= 1 { begin(unkept.run, unkept.started) }
        guard let kept else {
            if case .ended(let outcome) = note, let unkept { end(unkept.run, outcome, time) }
            return
        }
        kept.take(note, time)
        switch note {
        case .barrier(let round, _, _): update(kept.id) { $0.round = round }
        case .ended(let outcome):
            kept.writeReport(outcome)
            end(kept.id, outcome, time)
            self.kept = nil
        default: break
        }
    }

    private func begin(_ run: String, _ time: Double) {
        guard kept?.id != run else { return }
        do {
            kept = try KeptRun(run, store, started: time, imposed, logger: logger)
            unkept = nil
            update(run) { $0.state = .running }
        } catch {
            if unkept == nil { logger.error("the run is not kept: \(error)", metadata: ["run": "\(run)"]) }
            unkept = (run, time, Date().timeIntervalSince1970)
        }
    }

    private func keep(_ key: ArtifactKey, _ bytes: Data, of run: String) {
        guard let kept, kept.id == run else { return }
        do { try kept.artifacts.store(key, bytes) } catch { logger.warning("\(error)") }
    }

    private func update(_ run: String, _ change: (inout RunSummary) -> Void) {
        guard var entry = store.entry(run) else { return }
        change(&entry.summary)
        do { try store.write(entry) } catch { logger.warning("run.json cannot be written: \(error.localizedDescription)") }
    }

    private func end(_ run: String, _ outcome: RunOutcome, _ time: Double) {
        update(run) { summary in
            summary.ended = time
            summary.state = FleetStatus.State(outcome)
            summary.outcome = outcome.sentence
        }
        prune()
    }

    /// What goes is said once; there is no way back to it.
    private func prune() {
        let (runs, traces) = store.prune()
        for run in runs { logger.notice("a run is kept no more (--retain)", metadata: ["run": "\(run)"]) }
        for run in traces { logger.notice("a trace is kept no more (--retain-traces)", metadata: ["run": "\(run)"]) }
    }
}

extension RunKeeper: FleetService {
    func accept(_ submission: Submission) throws(OperatorRefusal) -> RunSettings {
        guard !servesOneRun else {
            throw OperatorRefusal(
                .unusable, "this broker serves the one experiment that it was started with; start one without --experiment")
        }
        return try keep(submission)
    }

    /// Finds a submission's name and keeps its file, whoever submitted it.
    func keep(_ submission: Submission) throws(OperatorRefusal) -> RunSettings {
        guard store.entries.count(where: { $0.summary.ended == nil }) < Self.mostQueued else {
            throw OperatorRefusal(.unusable, "\(Self.mostQueued) runs are waiting already")
        }
        do {
            let experiment = try Experiment.parse(
                submission.experiment, subject: "experiment", membership: .elastic, needsDomains: false
            ).withoutData
            let parameters = try submission.parameters(experiment)
            let largest = try experiment.largestBody(ModelDescription(parameters))
            guard largest <= largestBody else {
                throw OperatorRefusal(
                    .unusable,
                    "its messages have up to \(largest) bytes, and this broker takes \(largestBody) (--largest-message)")
            }
            var settings = try experiment.runSettings(id: "run", parameters, isScored: true)
            settings.id = try store.create(
                submission, experiment: experiment.yaml, rounds: UInt32(experiment.rounds), at: Date())
            return settings
        } catch let refusal as OperatorRefusal {
            throw refusal
        } catch {
            throw OperatorRefusal(.unusable, "\(error)")
        }
    }

    /// A kept run's experiment and model; nil if they cannot be read any more.
    func described(_ run: String) -> (Experiment, ModelDescription)? {
        guard let (experiment, parameters) = try? form(run), let model = try? ModelDescription(parameters) else { return nil }
        return (experiment, model)
    }

    /// The settings of a run that was accepted before.
    /// - Throws: a sentence if its files cannot be read any more.
    func settings(_ id: String) throws -> RunSettings {
        let (experiment, parameters) = try form(id)
        return try experiment.runSettings(id: id, parameters, isScored: true)
    }

    private func form(_ id: String) throws -> (Experiment, ModelParameters) {
        guard let entry = store.entry(id) else {
            throw Failure(.state, "Unable to go on with run '\(id)': its files are gone. Restore them, or start anew.")
        }
        let experiment = try Experiment.load(file: store.experiment(id), membership: .elastic)
        let form = Submission(
            imageHeight: entry.imageHeight, imageWidth: entry.imageWidth, imageChannels: entry.imageChannels,
            classes: entry.classes, experiment: "")
        return (experiment, try form.parameters(experiment))
    }

    func knows(run: String) -> Bool { store.entry(run) != nil }

    func list(_ status: FleetStatus) -> [RunSummary] {
        let live = Dictionary(status.runs.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return store.entries.map { entry in
            var summary = entry.summary
            if let run = live[summary.id], summary.ended == nil {
                (summary.state, summary.round, summary.outcome) = (run.state, run.round, run.outcome)
            }
            return summary
        }
    }

    /// A run that ended while it was queued is told of by the status alone.
    func reconcile(_ status: FleetStatus) {
        let time = Date().timeIntervalSince1970
        let ended = status.runs.filter { [.finished, .stopped, .failed].contains($0.state) }
        queue.async { [self] in
            for run in ended where kept?.id != run.id && store.entry(run.id)?.summary.ended == nil {
                update(run.id) { ($0.state, $0.outcome, $0.ended) = (run.state, run.outcome, time) }
                logEnd(run, time)
            }
        }
    }

    /// A run that never began has no log: its end is its only line.
    private func logEnd(_ run: FleetStatus.Run, _ time: Double) {
        let path = store.log(run.id)
        guard !FileManager.default.fileExists(atPath: path), store.entry(run.id) != nil else { return }
        let words = run.outcome ?? run.state.rawValue
        let reason = words.hasPrefix("stopped: ") ? String(words.dropFirst(9)) : words
        let outcome: RunOutcome = run.state == .failed ? .failed(message: words) : .stopped(reason: reason)
        do {
            try RunLogFile(path).add(BrokerLine.encoder.encode(BrokerLine(time: time, note: .ended(outcome))), isSparse: true)
        } catch {
            logger.warning("the end of a run is not in its log: \(error)", metadata: ["run": "\(run.id)"])
        }
    }

    func files(of run: String) throws(OperatorRefusal) -> [RunFile] { try store.files(of: run) }

    func read(_ file: String, of run: String, offset: UInt64, most: Int) throws(OperatorRefusal) -> FilePart {
        try store.read(file, of: run, offset: offset, most: most)
    }

    func log(of run: String, offset: UInt64, most: Int) throws(OperatorRefusal) -> FilePart {
        try store.log(of: run, offset: offset, most: most)
    }
}

extension Submission {
    /// The model for its images. Throws `OperatorRefusal` or `ModelError` for what cannot be one.
    func parameters(_ experiment: Experiment) throws -> ModelParameters {
        let sides = [imageHeight, imageWidth, imageChannels, classes].map(Int.init)
        guard sides.allSatisfy({ (1...16384).contains($0) }) else {
            throw OperatorRefusal(.unusable, "images of \(sides[0])x\(sides[1])x\(sides[2]) in \(sides[3]) classes cannot be")
        }
        let parameters = experiment.modelParameters(
            height: sides[0], width: sides[1], channels: sides[2], classes: sides[3])
        _ = try ModelDescription(parameters)
        return parameters
    }
}

extension FleetStatus.State {
    init(_ outcome: RunOutcome) {
        switch outcome {
        case .finished: self = .finished
        case .stopped: self = .stopped
        case .failed, .infeasible: self = .failed
        }
    }
}

extension RunOutcome {
    /// For people; nil where all went well.
    var sentence: String? {
        self == .finished ? nil : text
    }
}
