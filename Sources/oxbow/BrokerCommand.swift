import ArgumentParser
import Foundation
import Logging
import OxbowExperiment
import OxbowKernels
import OxbowModel
import OxbowProtocol
import OxbowRuntime
import OxbowScheduling
import OxbowTrace
import OxbowWire

struct BrokerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker", abstract: "Serves runs to a fleet of workers: one experiment, or what operators submit.",
        discussion: """
            With --experiment it serves that one and ends; without, it serves what is submitted until it is stopped.
            Over TCP only those connect whose key it knows: 'oxbow keys new' makes join tokens for workers (docs/security.md), and
            --state has the operators' key (docs/steering.md). With --with-core the core runs here too; else it is a worker of its own.
            Example: oxbow broker --bind tcp://*:5555 --state state/broker
            Example: oxbow broker --bind tcp://127.0.0.1:5555 --experiment fleet.yaml --state state/broker
            Example: oxbow broker --bind tcp://*:5555 --with-core --state state/broker --http 127.0.0.1:8080
            """)

    @Option(help: "Where to listen; port * picks a free one, which is printed.") var bind = "tcp://127.0.0.1:5555"

    @Option(help: "Serve this experiment and end (docs: README).", completion: .yaml)
    var experiment: String?

    @Option(name: .customLong("set"), help: "Override a key of the experiment: a.b=value.") var overrides: [String] = []

    @Option(help: "A folder for the keys, the journal and the runs.", completion: .directory) var state: String?

    @Flag(help: "Run the fleet's core on this machine too, as a process of its own that is started anew when it ends.")
    var withCore = false

    @Option(help: "How many runs that ended are kept in the state folder.") var retain = 20

    @Option(help: "How many of those keep their traces.") var retainTraces = 5

    @Option(help: "MiB that a message of a member may have; runs that need more are refused.") var largestMessage = 256

    @Option(help: "Height x width x channels of the experiment's images.")
    var image = ImageSize(height: 28, width: 28, channels: 1)

    @Option(help: "Classes of the experiment's labels.") var classes = 10

    @Option(help: "Impose the cuts of a plan.json on the experiment, barrier by barrier.", completion: .json)
    var plan: String?

    @Option(help: "With --state: record run.oxtrace in each run's folder (on), with all bodies (full), or not (off).")
    var trace = TraceOption.on

    @Option(help: "MiB that a trace may have; then recording ends.") var traceLimit = 4096

    @OptionGroup var web: WebOptions

    @OptionGroup var fleet: FleetOptions

    /// Places are kept for the roster's workers, and events go to standard output.
    @Flag(help: .hidden) var closed = false

    /// Of a closed fleet's run.
    @Option(help: .hidden) var traceFile: String?

    /// Keys of a closed fleet.
    @Option(help: .hidden) var keys: String?

    func run() throws {
        defer { fleet.writeUsage() }
        if !closed { PrivateFolder.closeToOthers() }
        try checkOptions()
        let asked = try web.request()
        Kernels.keepFreedBlocks()
        DescriptorLimit.raise()
        let first = try firstRun()
        let logger = try fleet.logger("broker")
        let stop = try fleet.stopRequest()
        let log = BrokerLog(logger: logger, asLines: closed)
        let journal = try journal()
        let recovery = journal?.recovered ?? Recovery()
        if journal?.wasTorn == true { logger.warning("the journal's last line was cut short; it is left out") }
        if closed, let run = recovery.run, run.outcome == .finished { return tellEnd(of: run, log) }
        let registry = try makeRegistry(logger)
        let gatekeeper = try makeGatekeeper(registry, logger)
        let (keeper, desk) = try makeKeeper(first, recovery, registry, logger)
        let (machine, runs) = try start(first, recovery, keeper)
        let server = asked?.server(bind, store: keeper?.store, logger: logger)
        if let server { log.serves(try server.start()) }
        let page = server.map(PageTeller.init)
        if let run = recovery.run, run.outcome == nil, let keeper { page?.recall(keeper.store.log(run.id)) }
        let shell = try BrokerShell(
            bind: bind, machine: machine, runs: runs,
            largestBody: max(first?.largestBody ?? largestMessage << 20, WireLimits.operatorRequestBytes),
            journal: journal, stop: stop, logger: logger, operators: desk,
            gatekeeper: gatekeeper,
            trace: trace == .off
                ? nil : BrokerTrace(logger: logger, limit: traceBytes) { [self] run in traced(run, first, keeper) },
            observer: server,
            store: { run, key, bytes in keeper?.store(run, key, Data(bytes)) },
            note: { [isImposed = first?.imposed != nil] note in
                for note in [isImposed ? note.ofImposedPlan : note] + repeated(recovery, after: note) {
                    log.note(note)
                    keeper?.note(note)
                    page?.note(note)
                }
            })
        server?.listens(at: shell.boundEndpoint)
        log.listening(shell.boundEndpoint, key: gatekeeper == nil ? nil : registry?.key.publicKey)
        let core = try withCore ? makeCore(shell.boundEndpoint, gatekeeper == nil ? nil : registry, stop, logger) : nil
        core?.start()
        defer { core?.end() }
        let outcome = try shell.run()
        keeper?.finish()
        server?.close()
        // A broker without an experiment is made to be stopped.
        if first != nil, let failure = Failure(outcome) { throw failure }
    }

    /// The broker before this one may have died before anybody heard of it.
    private func repeated(_ recovery: Recovery, after note: BrokerNote) -> [BrokerNote] {
        guard case .started(let id, _) = note, let run = recovery.run, run.id == id, let barrier = run.barrierNote else {
            return []
        }
        return [barrier]
    }

    private func tellEnd(of run: Recovery.Run, _ log: BrokerLog) {
        if let barrier = run.barrierNote { log.note(barrier) }
        log.note(.ended(.finished))
    }

    /// The broker's keys and those that it knows, if it has any use of them: encryption, or operators.
    private func makeRegistry(_ logger: Logger) throws -> KeyRegistry? {
        guard let path = keys ?? (closed ? nil : state.map { $0 + "/keys" }) else { return nil }
        if let state { try OutputFolder.make(state) }
        let registry = try KeyRegistry(KeyFolder(path))
        for file in registry.unreadable {
            logger.warning("this key cannot be read; it does not count", metadata: ["file": "\(file)"])
        }
        return registry
    }

    private func makeGatekeeper(_ registry: KeyRegistry?, _ logger: Logger) throws -> Gatekeeper? {
        guard try fleet.security.isEncrypted(bind) else {
            if bind.hasPrefix("tcp://"), !closed {
                logger.warning("not encrypted (--insecure): everybody who reaches this broker may take part")
            }
            return nil
        }
        guard let registry else {
            throw Failure(
                .usage,
                "Unable to serve '\(bind)': its keys need a place. Name a --state folder, or say --insecure on loopback.")
        }
        return try Gatekeeper(registry)
    }

    private func checkOptions() throws {
        _ = try fleet.security.isEncrypted(bind)
        guard experiment != nil || state != nil else {
            throw Failure(
                .usage,
                "Unable to serve '\(bind)': there is nothing to serve. Name an --experiment, or a --state folder for a broker "
                    + "that runs are submitted to.")
        }
        guard (1...1024).contains(largestMessage) else {
            throw Failure(.usage, "Unable to use --largest-message \(largestMessage): say a number of MiB from 1 to 1024.")
        }
        guard (1...1 << 24).contains(traceLimit) else {
            throw Failure(.usage, "Unable to use --trace-limit \(traceLimit): say a number of MiB from 1 to \(1 << 24).")
        }
        for (name, number) in [("--retain", retain), ("--retain-traces", retainTraces)] where number < 0 {
            throw Failure(.usage, "Unable to use \(name) \(number): say how many runs, 0 or more.")
        }
        guard !withCore || !closed else {
            throw Failure(.usage, "Unable to use --with-core in a closed fleet: its supervisor starts the core. Leave it out.")
        }
    }

    /// A local run's trace is its user's.
    private var traceBytes: UInt64 { closed ? .max : UInt64(traceLimit) << 20 }

    /// - Parameter registry: where it enrols; nil without encryption.
    private func makeCore(
        _ endpoint: String, _ registry: KeyRegistry?, _ stop: StopRequest, _ logger: Logger
    ) throws -> OwnCore {
        OwnCore(
            at: try CoreState(folder: state.map { $0 + "/core" }, registry: registry),
            endpoint: Endpoint.onThisMachine(endpoint), options: fleet, servesOneRun: experiment != nil, stop: stop,
            logger: logger)
    }

    /// A new machine and what it is to serve, or one that goes on where an earlier process of this broker died.
    private func start(
        _ first: FirstRun?, _ recovery: Recovery, _ keeper: RunKeeper?
    ) throws -> (BrokerMachine, [RunSettings]) {
        let fleet = first?.experiment.fleetSettings(closed: closed) ?? Self.openFleet
        if let first, let lost = recovery.run, lost.outcome != .finished {
            var settings = first.settings
            settings.id = lost.id
            return (BrokerMachine(fleet, recovering: recovery, runs: [settings]), [])
        }
        let earlier = first == nil ? try recovery.unfinished.compactMap { try keeper?.settings($0) } : []
        let new = try first.map { first in try keeper.map { try keep(first, in: $0) } ?? first.settings }
        return (BrokerMachine(fleet, recovering: recovery, runs: earlier), [new].compactMap { $0 })
    }

    /// Serves any number of runs.
    private static let openFleet = BrokerSettings(probesLinks: true)

    private func firstRun() throws -> FirstRun? {
        guard let file = experiment else { return nil }
        let experiment = try Experiment.load(
            file: file, overrides: overrides, membership: closed ? .strict : .elastic, needsDomains: closed)
        let parameters = experiment.modelParameters(
            height: image.height, width: image.width, channels: image.channels, classes: classes)
        let model = try ModelDescription(parameters)
        let imposed = try plan.map { try ImposedPlan($0, model) }
        return FirstRun(
            name: URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent, experiment: experiment,
            settings: try experiment.runSettings(id: "run", parameters, imposed: imposed?.cuts ?? [:], isScored: !closed),
            largestBody: try experiment.largestBody(model), imposed: imposed, model: model)
    }

    /// A supervisor keeps its own record of a closed fleet, which nobody else steers.
    private func makeKeeper(
        _ first: FirstRun?, _ recovery: Recovery, _ registry: KeyRegistry?, _ logger: Logger
    ) throws -> (RunKeeper?, OperatorDesk) {
        guard let state, let registry, !closed else { return (nil, OperatorDesk()) }
        try registry.makeFirstOperator(at: state + "/operator.key")
        let store = try RunStore(state + "/runs", retain: retain, retainTraces: retainTraces, goingOn: Set(recovery.unfinished))
        let keeper = RunKeeper(
            store, largestBody: first?.largestBody ?? largestMessage << 20, servesOneRun: experiment != nil,
            imposed: first?.imposed, logger: logger)
        return (keeper, OperatorDesk(registry, service: keeper))
    }

    /// The experiment of the command line is kept as a submitted one would be.
    private func keep(_ first: FirstRun, in keeper: RunKeeper) throws -> RunSettings {
        let submission = Submission(
            name: RunName.isValid(first.name) ? first.name : "", imageHeight: UInt32(image.height),
            imageWidth: UInt32(image.width), imageChannels: UInt32(image.channels), classes: UInt32(classes),
            experiment: first.experiment.yaml)
        do {
            var settings = try keeper.keep(submission)
            settings.scheduling.imposed = first.settings.scheduling.imposed
            return settings
        } catch {
            throw Failure(error.code == .failed ? .output : .usage, "Unable to keep '\(first.name)': \(error). Check --state.")
        }
    }

    /// Where a run's trace goes and what is known of it.
    private func traced(_ run: String, _ first: FirstRun?, _ keeper: RunKeeper?) -> (path: String, header: TraceHeader)? {
        guard let path = traceFile ?? keeper.map({ $0.store.folder(run) + "/run.oxtrace" }) else { return nil }
        guard let (experiment, model) = closed ? first.map({ ($0.experiment, $0.model) }) : keeper?.described(run) else {
            return nil
        }
        return (
            TraceFiles.free(path),
            TraceHeader(
                experiment, run: run, model, holdsBodies: trace == .full, startedSeconds: Date().timeIntervalSince1970)
        )
    }

    private func journal() throws -> Journal? {
        guard let state else { return nil }
        try OutputFolder.make(state)
        return try Journal(state + "/journal.jsonl")
    }
}

extension Recovery.Run {
    /// Of the last committed barrier; nil before the first.
    fileprivate var barrierNote: BrokerNote? {
        guard lastBarrier > 0, let saved = digests[lastBarrier] else { return nil }
        let all = saved.sorted { $0.key < $1.key }.map { MemberDigest(member: $0.key, digest: $0.value) }
        return .barrier(round: lastBarrier, digests: all, traffic: [:])
    }
}

/// The run of `--experiment`.
private struct FirstRun {
    var name: String
    var experiment: Experiment
    var settings: RunSettings
    var largestBody: Int
    var imposed: ImposedPlan?
    var model: ModelDescription
}

/// `28x28x1`.
struct ImageSize: ExpressibleByArgument, Hashable {
    var height: Int
    var width: Int
    var channels: Int

    init(height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
    }

    init?(argument: String) {
        let numbers = argument.split(separator: "x").compactMap { Int($0) }
        guard numbers.count == 3, numbers.allSatisfy({ $0 > 0 }) else { return nil }
        self.init(height: numbers[0], width: numbers[1], channels: numbers[2])
    }

    var defaultValueDescription: String { description }
    var description: String { "\(height)x\(width)x\(channels)" }
}
