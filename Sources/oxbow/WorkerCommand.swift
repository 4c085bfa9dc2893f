import ArgumentParser
import Foundation
import Logging
import OxbowData
import OxbowExperiment
import OxbowFleet
import OxbowKernels
import OxbowModel
import OxbowProbe
import OxbowProtocol
import OxbowRuntime
import OxbowScheduling

struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Takes part in a fleet: as an edge with data, or as the core.",
        discussion: """
            Over TCP a worker needs a key that its broker knows: --join enrols it at its first start (docs/security.md).
            Example: oxbow worker --connect tcp://HOST:5555 --join @join.token --state state/worker --data data --domain mnist
            Example: oxbow worker --connect tcp://HOST:5555 --join @join.token --state-pool state/workers --data data
            Example: oxbow worker --connect tcp://127.0.0.1:5555 --insecure --role core
            Emulated devices: \(DeviceProfile.known.map(\.name).joined(separator: ", ")); or numbers, such as
            --emulate gflops=2,outer_gflops=0.4,bytes_per_second=50e6,latency=5ms,memory=512MiB; or a YAML file of these keys.
            """)

    @Option(help: "The broker's endpoint.") var connect = "tcp://127.0.0.1:5555"

    @Option(help: "edge (keeps data and both ends of the U) or core (runs the middle).") var role = RoleName.edge

    @Option(help: "The tier this machine belongs to. Default: small, or core for a core.") var tier: String?

    @Option(name: .customLong("tag"), help: "key=value, for rules in the experiment; may be repeated.")
    var tags: [String] = []

    @Option(
        help:
            "The name that the broker knows this worker by, for good. Default: core, or host and tier with an end that --state keeps."
    )
    var id: String?

    @Option(help: "The data folder (one folder a domain).", completion: .directory) var data: String?

    @Option(help: "The domain in the data folder that this worker trains on. Default: by its slot, the domains by turns.")
    var domain: String?

    @Option(help: "I/N: share I of N equal ones of the domain; auto: with --state-pool or --shards that of its slot, else all.")
    var shard = "auto"

    @Option(
        help: """
            How many shares the domain is dealt into for --shard auto: at least as many as there will be workers. Default: \
            \(DataPlace.usualShards) with --state-pool.
            """)
    var shards: Int?

    @Option(help: "A folder for this worker's key and its states of barriers.", completion: .directory) var state: String?

    @Option(
        help: "A folder of such folders: takes the lowest free one of the tier, and its number as slot (docs/deploy.md).",
        completion: .directory)
    var statePool: String?

    @Option(help: "How many runs before the one under way keep their states of barriers on this machine.") var retainStates = 1

    @Option(help: "A file that is written each second while there is a session, for 'oxbow health'.", completion: .file())
    var healthFile: String?

    @Option(
        help: "Core: a folder that gets every cluster's generator at each barrier; without one, the broker does.",
        completion: .directory)
    var generators: String?

    @Option(help: "Core: threads, each working on another worker's part; results do not depend on it.") var lanes: Int?

    @Option(help: "Compute and send at the pace of this device: a name, numbers or a file (below).") var emulate: String?

    @OptionGroup var joining: JoinOptions

    @OptionGroup var fleet: FleetOptions

    /// A file with the indices of this worker's images, one a line, instead of `--shard`.
    @Option(help: .hidden) var indices: String?

    func run() throws {
        defer { fleet.writeUsage() }
        if !fleet.supervised { PrivateFolder.closeToOthers() }
        let isEncrypted = try fleet.security.isEncrypted(connect)
        Kernels.keepFreedBlocks()
        let tier = tier ?? (role == .core ? "core" : "small")
        try WorkerName.check(tier, "--tier")
        if let id { try WorkerName.check(id, "--id") }
        guard (0...1000).contains(retainStates) else {
            throw Failure(.usage, "Unable to use --retain-states \(retainStates): say a number of runs from 0 to 1000.")
        }
        let held = try takeSlot(tier)
        let state = held?.path ?? state
        let lock = try held == nil ? state.map(lock) : nil
        defer { lock?.release() }
        let stop = try fleet.stopRequest()
        guard let enrolment = try enrol(tier, isEncrypted: isEncrypted, stop, held, state) else {
            throw Failure(.interrupted, "Stopped: \(stop.requested ?? "") before the broker answered.")
        }
        let name = enrolment.name
        let logger = try fleet.logger(name, worker: name)
        let store = try makeStore(state, logger)
        let facts = MachineFacts()
        let profile = try emulate.map { try DeviceProfile.load($0) }
        var identity = MemberIdentity(
            workerID: name, role: role == .core ? .core : .edge, tier: tier,
            capabilities: facts.capabilities(tags: try TagList.parse(tags)))
        let place = try place(enrolment.slot, held)
        let health = try healthFile.map { try HealthFile($0) }
        let (plain, scoring) = try makePerformer(&identity, store, facts, place, state, stop, logger)
        let performer = paced(plain, identity, profile, stop, logger)
        // After everything that may be said wrong: measuring takes seconds.
        announceSpeed(&identity, profile, facts, logger)
        let saved = store.saved
        let machine = MemberMachine(
            identity, nonce: UInt64.random(in: 1...UInt64.max), savedRun: saved.run, savedBarriers: saved.barriers)
        let shell = MemberShell(
            endpoint: connect, security: enrolment.security, machine: machine, performer: performer, scoring: scoring, stop: stop,
            logger: logger, link: profile.map { EmulatedLink($0.device) }, health: health)
        do {
            let end = try shell.run()
            held?.release()
            if let failure = Failure(end) { throw failure }
        } catch let refusal as HandshakeRefusal {
            throw Failure(refusal, "join", connect)
        }
    }

    /// Two processes of one folder would be the same worker.
    private func lock(_ state: String) throws -> FileLock {
        try OutputFolder.make(state, mode: 0o700)
        guard let lock = FileLock(taking: state + "/" + StatePool.lockFile) else {
            throw Failure(
                .output, "Unable to use --state '\(state)': another worker uses it. Stop that one, or say another folder.")
        }
        return lock
    }

    private func makeStore(_ state: String?, _ logger: Logger) throws -> any StateStore {
        guard let state else { return MemoryStateStore() }
        return try FolderStateStore(
            state, retain: retainStates, told: { logger.warning("\($0)") },
            removed: {
                logger.info("states of earlier runs are kept no more (--retain-states)", metadata: ["files": "\($0)"])
            })
    }

    private func takeSlot(_ tier: String) throws -> StatePool.Slot? {
        guard let statePool else { return nil }
        guard state == nil, role == .edge else {
            throw Failure(
                .usage, "Unable to use --state-pool '\(statePool)': it is for edges, and in the place of --state. Leave one out.")
        }
        return try StatePool(folder: statePool).take(tier: tier, domain: domain)
    }

    /// - Parameter slot: of the fleet, which goes before one of this machine.
    private func place(_ slot: UInt32?, _ held: StatePool.Slot?) throws -> DataPlace {
        let shards = shards ?? (held == nil ? nil : DataPlace.usualShards)
        guard shards.map((1...1 << 20).contains) ?? true else {
            throw Failure(.usage, "Unable to use --shards \(shards ?? 0): say a number from 1 to \(1 << 20).")
        }
        return DataPlace(slot: slot.map(Int.init) ?? held?.number, shards: shards)
    }

    /// nil: a stop was requested meanwhile.
    private func enrol(
        _ tier: String, isEncrypted: Bool, _ stop: StopRequest, _ held: StatePool.Slot?, _ state: String?
    ) throws -> Enrolment? {
        func name() throws -> String { try WorkerName.make(id, role: role, tier: tier, slot: held?.number, state: state) }
        guard isEncrypted else { return Enrolment(name: try name()) }
        return try Enroller(endpoint: connect, options: joining, stop: stop, state: state).enrol(said: id) {
            EnrolmentRequest(
                publicKey: [], workerID: try name(), role: role == .core ? .core : .edge, tier: tier,
                tags: try TagList.parse(tags))
        }
    }

    private func announceSpeed(
        _ identity: inout MemberIdentity, _ profile: DeviceProfile?, _ facts: MachineFacts, _ logger: Logger
    ) {
        let subject: SpeedProbe.Subject = role == .edge ? .edge : .core(lanes: lanes(facts))
        let speeds = MachineSpeed.announcedSpeeds(subject, emulating: profile) { logger.warning("\($0)") }
        identity.capabilities.speeds = speeds.sorted { $0.width < $1.width }
        if let memory = profile?.device.memory { identity.capabilities.memoryBytes = UInt64(memory) }
    }

    private func lanes(_ facts: MachineFacts) -> Int { max(1, lanes ?? facts.cores) }

    private func paced(
        _ performer: any TaskPerformer, _ identity: MemberIdentity, _ profile: DeviceProfile?, _ stop: StopRequest,
        _ logger: Logger
    ) -> any TaskPerformer {
        guard let device = profile?.device else { return performer }
        return PacedPerformer(
            performer, as: role == .edge ? .edge(workerID: identity.workerID) : .core, gflops: device.gflops,
            outerGflops: device.outerGflops, clock: StoppableClock(stop), logger: logger)
    }

    private func makePerformer(
        _ identity: inout MemberIdentity, _ store: any StateStore, _ facts: MachineFacts, _ place: DataPlace, _ state: String?,
        _ stop: StopRequest, _ logger: Logger
    ) throws -> (any TaskPerformer, ScoringThread?) {
        guard role == .edge else {
            let folder = try generators.map { try GeneratorFolder($0) }
            let artifacts = CoreArtifacts()
            let core = MemberPerformers.core(store: store, lanes: lanes(facts)) { plan, round, generators in
                guard let folder else { return try artifacts.files(generators, of: plan, round: round) }
                try folder.write(plan, round: round, generators)
                return []
            }
            return (core, nil)
        }
        let shard = try loadShard(place, state, logger)
        identity.data = shard.form
        let scoring = ScoringThread(WorkerJudge(shard, state: state, logger: logger), wakeup: stop.wakeup, logger: logger)
        return (MemberPerformers.edge(workerID: identity.workerID, store: store, shard: shard, scorer: scoring), scoring)
    }

    private func loadShard(_ place: DataPlace, _ state: String?, _ logger: Logger) throws -> LocalShard {
        let folder = DataFolder(data ?? DataFolder.defaultPath)
        guard let domain = try domain ?? place.domain(in: folder, keptIn: state) else {
            throw Failure(.usage, "Unable to train without data: say --domain NAME, a folder in --data.")
        }
        let loaded = try folder.domain(domain)
        let members = try members(of: loaded, place)
        if let slot = place.slot {
            logger.info(
                "data chosen",
                metadata: ["slot": "\(slot)", "domain": "\(domain)", "shard": "\(shard)", "images": "\(members.count)"])
        }
        if shard == "auto", place.isShared {
            logger.warning("a worker with a lower slot has the same share of images; raise --shards on all workers")
        }
        return LocalShard(domain: loaded, members: members)
    }

    private func members(of domain: Domain, _ place: DataPlace) throws -> [Int] {
        if let indices { return try LocalShard.readIndices(indices, count: domain.train.count) }
        if shard == "auto" {
            guard let (share, shards) = place.share else { return Array(0..<domain.train.count) }
            return try Self.share(share, of: shards, domain)
        }
        let parts = shard.split(separator: "/").compactMap { Int($0) }
        guard parts.count == 2, parts[0] >= 1, parts[0] <= parts[1] else {
            throw Failure(.usage, "Unable to take shard '\(shard)': say I/N with I from 1 to N, such as 1/4, or auto.")
        }
        return try Self.share(parts[0] - 1, of: parts[1], domain)
    }

    /// The same deal for every run and on every machine: a fleet's shards must not overlap.
    private static func share(_ index: Int, of shards: Int, _ domain: Domain) throws -> [Int] {
        try Partition.share(index, of: shards, source: .init(domain, workers: shards), seed: 0)
    }
}

enum RoleName: String, ExpressibleByArgument, CaseIterable {
    case edge, core
}
