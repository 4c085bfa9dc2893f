import Foundation
import OxbowExperiment
import OxbowProbe
import OxbowProtocol
import OxbowReport
import OxbowRuntime

/// What a session found out, for the report.
struct RunResult {
    var inputs: RunInputs
    var record: RunRecord
    var scores: RunScores
    /// Seconds since 1970.
    var started: Double
    var seconds: Double
    /// By name, as seen last before the process ended.
    var usage: [String: ProcessUsage]
    /// Why the run did not come to its end; nil if it did.
    var failure: Failure?
    /// Whose cuts were not the planner's.
    var imposed: ImposedPlan?
}

/// Supervises one run: starts broker, core and workers, listens to the broker, evaluates, and leaves nothing running.
final class RunSession {
    private let inputs: RunInputs
    private let folder: RunFolder
    private let transport: Transport
    private let imposed: ImposedPlan?
    private let trace: TraceOption
    private let stop: StopRequest
    private let evaluator: Evaluator
    private let log: RunLog
    private let mailbox = Mailbox()
    private let warnings = WarningBox()
    private var record = RunRecord()
    private var progress = Progress()
    private var broker: Child?
    private var members: [String: Child] = [:]
    private var brokerArguments: [String] = []
    private var memberArguments: [String: [String]] = [:]
    private var restarts: [String: Int] = [:]
    private var failure: Failure?
    private let usage: UsageRecord
    private var isLogTold = false

    /// A process that dies by a signal is started anew this often; its state of the last barrier, or its journal, is on disk.
    private static let restartLimit = 20

    init(
        _ inputs: RunInputs, folder: RunFolder, transport: Transport, imposed: ImposedPlan?, trace: TraceOption,
        stop: StopRequest, evaluator: Evaluator
    ) throws {
        self.imposed = imposed
        self.trace = trace
        self.inputs = inputs
        self.folder = folder
        self.transport = transport
        self.stop = stop
        self.evaluator = evaluator
        self.log = try RunLog(folder.log)
        self.usage = try UsageRecord(folder.usage)
    }

    func run() throws -> RunResult {
        let sockets = try PrivateFolder()
        defer { sockets.remove() }
        defer { endAll() }
        inputs.notes.forEach { progress.say($0) }
        for line in RunLog.brokerLines(folder.log) { if let note = line.note { record.take(note, at: line.time) } }
        // All but a run that came to its end goes on.
        if record.outcome != .finished { record.outcome = nil }
        record.stall = nil
        if record.outcome == nil { measureSpeeds() }
        evaluator.begin()
        let start = Date()
        if record.outcome == nil { try train(sockets) }
        progress.clear()
        try writePlan()
        let scores = try evaluator.finish(record, interrupted: failure != nil) { progress.say($0) }
        failure = failure ?? evaluator.failure
        return RunResult(
            inputs: inputs, record: record, scores: scores, started: start.timeIntervalSince1970,
            seconds: Date().timeIntervalSince(start), usage: usage.all(), failure: failure, imposed: imposed)
    }

    /// Until the run ended, however. A broker that finds in its journal that it did only says so.
    private func train(_ sockets: PrivateFolder) throws {
        try OutputFolder.write(Data(inputs.experiment.withoutData.yaml.utf8), to: folder.brokerExperiment)
        let keys = transport == .tcp ? try FleetKeys(in: sockets) : nil
        if let endpoint = try startBroker(sockets, keys) { try startMembers(endpoint, keys) }
        while !isOver { try turn() }
        endAll()
    }

    // MARK: Starting

    /// On a machine that is still quiet, where the planner will ask for its speed; the workers find it in the cache.
    private func measureSpeeds() {
        guard inputs.roster.contains(where: { $0.cuts == nil }) else { return }
        progress.say("measuring this machine's speed, once")
        let facts = MachineFacts()
        for subject in [SpeedProbe.Subject.edge, .core(lanes: facts.cores)] {
            _ = MachineSpeed.announcedSpeeds(subject) { progress.say($0) }
        }
    }

    /// - Returns: where it listens; nil if the run is over.
    private func startBroker(_ sockets: PrivateFolder, _ keys: FleetKeys?) throws -> String? {
        brokerArguments =
            [
                "broker", "--bind", transport == .ipc ? sockets.endpoint : "tcp://127.0.0.1:*", "--experiment",
                folder.brokerExperiment, "--image", inputs.image.description, "--classes", "\(inputs.classes)", "--state",
                folder.state("broker"), "--closed", "--supervised", "--trace", trace.rawValue, "--trace-file", folder.trace,
            ] + (imposed.map { ["--plan", $0.path] } ?? []) + (keys?.brokerArguments ?? [])
        var child = try startBrokerProcess()
        while true {
            let isEnded = child.exitCode != nil && child.isReadToEnd
            var endpoint: String?
            for line in try mailbox.wait() {
                endpoint = line.listening ?? endpoint
                if let note = line.note { record.take(note, at: line.time) }
            }
            if record.outcome == .finished { return nil }
            if let endpoint {
                brokerArguments[2] = endpoint
                return endpoint
            }
            guard isEnded else { continue }
            guard let next = try brokerEnded(child) else { throw failure ?? Failure(band(child), words(child)) }
            child = next
        }
    }

    private func startBrokerProcess() throws -> Child {
        let child = child("broker", brokerArguments, line: mailbox.post, warning: warnings.take)
        broker = child
        try child.start()
        log.add("run", "started broker, process \(child.pid)")
        return child
    }

    private func startMembers(_ endpoint: String, _ keys: FleetKeys?) throws {
        let common = ["worker", "--connect", endpoint, "--supervised"]
        memberArguments["core"] =
            common + ["--role", "core", "--id", "core", "--state", folder.state("core"), "--generators", folder.generators]
            + Self.emulation(inputs.experiment.core.emulate)
            + (try keys?.arguments("core", role: .core, tier: "core") ?? [])
        for (worker, shard) in zip(inputs.roster, inputs.shards) {
            let indices = folder.state("\(worker.workerID).indices")
            try OutputFolder.write(Data(shard.map { "\($0)\n" }.joined().utf8), to: indices)
            memberArguments[worker.workerID] =
                common + [
                    "--id", worker.workerID, "--tier", worker.tier, "--data", inputs.folder.path, "--domain",
                    worker.domain, "--indices", indices, "--state", folder.state(worker.workerID),
                ] + Self.emulation(worker.emulate)
                + (try keys?.arguments(worker.workerID, role: .edge, tier: worker.tier) ?? [])
        }
        for name in memberArguments.keys.sorted() { try startMember(name) }
    }

    private static func emulation(_ profile: String?) -> [String] { profile.map { ["--emulate", $0] } ?? [] }

    private func startMember(_ name: String) throws {
        let child = child(name, memberArguments[name] ?? [], line: { _ in }, warning: warnings.take)
        members[name] = child
        try child.start()
        log.add("run", "started \(name), process \(child.pid)")
    }

    private func child(
        _ name: String, _ arguments: [String], line: @escaping @Sendable (String) -> Void,
        warning: @escaping @Sendable (String, String) -> Void
    ) -> Child {
        let log = log
        return Child(
            name, arguments + ["--log-format", "json", "--usage", usage.file(name)],
            line: {
                line($0)
                if !$0.contains("\"awaiting\"") { log.add(name, $0) }
            },
            log: {
                log.add(name, $0)
                warning(name, $0)
            })
    }

    // MARK: The loop

    private var isOver: Bool { record.outcome != nil || failure != nil }

    private func turn() throws {
        for line in try mailbox.wait() {
            guard let note = line.note else { continue }
            let committed = record.committed.last?.number ?? 0
            record.take(note, at: line.time)
            tell(note)
            // One that was started anew says again what it committed last.
            if case .barrier(let round, _, _) = note, round > committed { evaluator.barrier(Int(round)) }
        }
        if let reason = stop.requested, failure == nil {
            failure = Failure(.interrupted, "Stopped: \(reason). The last committed barrier is kept.")
        }
        try checkChildren()
        usage.sample([broker].compactMap { $0 } + members.values)
        if let error = evaluator.judgeFailure, failure == nil { failure = Failure(error) }
        if let outcome = record.outcome, case .finished = outcome {
        } else {
            failure = failure ?? record.outcome.flatMap { Failure($0) }
        }
        if log.lostLines > 0, !isLogTold { progress.say("'\(folder.log)' cannot be written: lines of it are missing") }
        isLogTold = log.lostLines > 0
        for sentence in warnings.untold() + evaluator.takeSentences() { progress.say(sentence) }
        progress.show(record)
    }

    private func tell(_ note: BrokerNote) {
        switch note {
        case .lost(let member, let reason): progress.say("lost \(member): \(reason); waiting for it to come back")
        case .refused(_, let message): progress.say("refused: \(message)")
        case .returned(let barrier, let lacking) where barrier > 0 || !lacking.isEmpty:
            if let sentence = note.sentence { progress.say(sentence) }
        case .stalled, .moving: if let sentence = note.sentence { progress.say(sentence) }
        default: break
        }
    }

    private func checkChildren() throws {
        if let broker, broker.exitCode != nil, broker.isReadToEnd, record.outcome == nil {
            for line in try mailbox.wait() { if let note = line.note { record.take(note, at: line.time) } }
            if record.outcome == nil, failure == nil { _ = try brokerEnded(broker) }
        }
        for (name, child) in members.sorted(by: { $0.key < $1.key }) {
            guard let code = child.exitCode, record.outcome == nil, failure == nil else { continue }
            if let signal = child.endingSignal, restarts[name, default: 0] < Self.restartLimit {
                restarts[name, default: 0] += 1
                usage.restarted(name)
                progress.say("\(name) ended by signal \(signal); started anew from its last barrier")
                try startMember(name)
            } else if code != 0 {
                failure = Failure(band(child), words(child))
            }
        }
    }

    /// One that died goes on from its journal, where the members find it again.
    /// - Returns: its successor; nil if there is none, and that is the run's failure.
    private func brokerEnded(_ broker: Child) throws -> Child? {
        guard let signal = broker.endingSignal, restarts["broker", default: 0] < Self.restartLimit else {
            failure = Failure(band(broker), words(broker))
            return nil
        }
        restarts["broker", default: 0] += 1
        usage.restarted("broker")
        progress.say("the broker ended by signal \(signal); started anew from its journal")
        return try startBrokerProcess()
    }

    private func band(_ child: Child) -> ExitBand {
        let band = child.exitCode.flatMap(ExitBand.init(rawValue:)) ?? .bug
        return band == .success ? .bug : band
    }

    private func words(_ child: Child) -> String {
        "\(child.name): \(child.lastWords)"
    }

    // MARK: Ending

    /// Everybody is asked first (the broker tells the members), then given ten seconds, then killed.
    private func endAll() {
        let all = [broker].compactMap { $0 } + members.values
        broker?.letGo()
        wait(all, seconds: record.outcome == nil ? 10 : 15)
        for child in all where child.exitCode == nil { child.letGo() }
        wait(all, seconds: 3)
        for child in all where child.exitCode == nil { child.kill() }
        wait(all, seconds: 3)
        if let lines = try? mailbox.take() {
            for line in lines { if let note = line.note { record.take(note, at: line.time) } }
        }
    }

    private func wait(_ children: [Child], seconds: Double) {
        let deadline = Date().addingTimeInterval(seconds)
        while children.contains(where: { $0.exitCode == nil }), Date() < deadline { usleep(20_000) }
    }

    private func writePlan() throws {
        guard let plan = record.plan else { return }
        try OutputFolder.write(try JSON.encoder.encode(PlanFile(plan, record.plans, inputs)), to: folder.plan)
    }
}

/// Lines of the broker on their way to the session's loop.
// Sendable: everything is under the lock.
final class Mailbox: @unchecked Sendable {
    private let condition = NSCondition()
    private var lines: [String] = []
    private let decoder: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }()

    func post(_ line: String) {
        condition.withLock { lines.append(line) }
        condition.signal()
    }

    /// What came, after at most a tenth of a second.
    func wait() throws -> [BrokerLine] {
        condition.lock()
        if lines.isEmpty { _ = condition.wait(until: Date().addingTimeInterval(0.1)) }
        condition.unlock()
        return try take()
    }

    func take() throws -> [BrokerLine] {
        let taken = condition.withLock {
            defer { lines.removeAll() }
            return lines
        }
        return try taken.map { line in
            do {
                return try decoder.decode(BrokerLine.self, from: Data(line.utf8))
            } catch {
                throw Failure(.bug, "Unable to read the broker's line '\(line.prefix(200))': \(error).")
            }
        }
    }
}
