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

    @Option(help: "The data folder (one folder a domain).") var data: String?

    @Option(help: "The domain in the data folder that this worker trains on.") var domain: String?

    @Option(help: "I/N: share I of N equal ones of the domain; auto: all of it.") var shard = "auto"

    @Option(help: "A folder for this worker's key and its states of barriers.") var state: String?

    @Option(help: "Core: a folder that gets every cluster's generator at each barrier; without one, the broker does.")
    var generators: String?

    @Option(help: "Core: threads, each working on another worker's part; results do not depend on it.") var lanes: Int?

    @Option(help: "Compute and send at the pace of this device: a name, numbers or a file (below).") var emulate: String?

    @OptionGroup var joining: JoinOptions

    @OptionGroup var fleet: FleetOptions

    /// A file with the indices of this worker's images, one a line, instead of `--shard`.
    @Option(help: .hidden) var indices: String?

    func run() throws {
        defer { fleet.writeUsage() }
        let isEncrypted = try fleet.security.isEncrypted(connect)
        Kernels.keepFreedBlocks()
        let tier = tier ?? (role == .core ? "core" : "small")
        try WorkerName.check(tier, "--tier")
        if let id { try WorkerName.check(id, "--id") }
        let stop = try fleet.stopRequest()
        guard let enrolment = try enrol(tier, isEncrypted: isEncrypted, stop) else {
            throw Failure(.interrupted, "Stopped: \(stop.requested ?? "") before the broker answered.")
        }
        let name = enrolment.name
        let logger = try fleet.logger(name, worker: name)
        let store: any StateStore =
            try state.map { try FolderStateStore($0) { logger.warning("\($0)") } } ?? MemoryStateStore()
        let facts = MachineFacts()
        let profile = try emulate.map { try DeviceProfile.load($0) }
        var identity = MemberIdentity(
            workerID: name, role: role == .core ? .core : .edge, tier: tier,
            capabilities: facts.capabilities(tags: try TagList.parse(tags)))
        let performer = paced(try makePerformer(&identity, store, facts), identity, profile, stop, logger)
        // After everything that may be said wrong: measuring takes seconds.
        announceSpeed(&identity, profile, facts, logger)
        let saved = store.saved
        let machine = MemberMachine(
            identity, nonce: UInt64.random(in: 1...UInt64.max), savedRun: saved.run, savedBarriers: saved.barriers)
        let shell = MemberShell(
            endpoint: connect, security: enrolment.security, machine: machine, performer: performer, stop: stop, logger: logger,
            link: profile.map { EmulatedLink($0.device) })
        do {
            if let failure = Failure(try shell.run()) { throw failure }
        } catch let refusal as HandshakeRefusal {
            throw Failure(refusal, "join", connect)
        }
    }

    /// nil: a stop was requested meanwhile.
    private func enrol(_ tier: String, isEncrypted: Bool, _ stop: StopRequest) throws -> Enrolment? {
        func name() throws -> String { try WorkerName.make(id, role: role, tier: tier, state: state) }
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
        _ identity: inout MemberIdentity, _ store: any StateStore, _ facts: MachineFacts
    ) throws -> any TaskPerformer {
        guard role == .edge else {
            let folder = try generators.map { try GeneratorFolder($0) }
            let artifacts = CoreArtifacts()
            return MemberPerformers.core(store: store, lanes: lanes(facts)) { plan, round, generators in
                guard let folder else { return try artifacts.files(generators, of: plan, round: round) }
                try folder.write(plan, round: round, generators)
                return []
            }
        }
        let shard = try loadShard()
        identity.data = shard.form
        return MemberPerformers.edge(workerID: identity.workerID, store: store, shard: shard)
    }

    private func loadShard() throws -> LocalShard {
        guard let domain else {
            throw Failure(.usage, "Unable to train without data: say --domain NAME, a folder in --data.")
        }
        let folder = DataFolder(data ?? DataFolder.defaultPath)
        let loaded = try folder.domain(domain)
        return LocalShard(domain: loaded, members: try members(of: loaded))
    }

    private func members(of domain: Domain) throws -> [Int] {
        if let indices { return try LocalShard.readIndices(indices, count: domain.train.count) }
        guard shard != "auto" else { return Array(0..<domain.train.count) }
        let parts = shard.split(separator: "/").compactMap { Int($0) }
        guard parts.count == 2, parts[0] >= 1, parts[0] <= parts[1] else {
            throw Failure(.usage, "Unable to take shard '\(shard)': say I/N with I from 1 to N, such as 1/4, or auto.")
        }
        // The same deal for every run and on every machine: a fleet's shards must not overlap.
        return try Partition.share(parts[0] - 1, of: parts[1], source: .init(domain, workers: parts[1]), seed: 0)
    }
}

enum RoleName: String, ExpressibleByArgument, CaseIterable {
    case edge, core
}
