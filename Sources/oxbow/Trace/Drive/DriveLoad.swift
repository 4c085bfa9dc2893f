import OxbowExperiment
import OxbowModel
import OxbowProtocol
import OxbowRuntime
import OxbowTrace

/// Who is played, and the run that they are to be given.
struct DriveLoad {
    private(set) var parts: [DrivePart]
    let submission: Submission
    let clients: Int
    let hasNullCore: Bool

    /// - Throws: `ExperimentError` for overrides that cannot be, `OperatorRefusal` for a run that cannot be.
    init(_ run: RecordedRun, clients: Int, nullCore: Bool, _ overrides: [String]) throws {
        var experiment = try run.header.parsedExperiment(overrides).withoutData
        experiment.fleet = Self.fleet(run, clients, domain: experiment.data.domains.first ?? "mnist")
        experiment.core.emulate = nil
        let model = run.plan.model
        submission = Submission(
            name: "drive", imageHeight: UInt32(model.imageHeight), imageWidth: UInt32(model.imageWidth),
            imageChannels: UInt32(model.imageChannels), classes: UInt32(model.classes), experiment: experiment.yaml)
        _ = try experiment.runSettings(id: "run", submission.parameters(experiment))
        let edges = (0..<clients).map { Self.part($0, run) }
        let core = DrivePart(MemberIdentity(workerID: "drive-core", role: .core, tier: "core"), playing: nil)
        parts = nullCore ? edges + [core] : edges
        (self.clients, hasNullCore) = (clients, nullCore)
    }

    /// Enrols all of them by one token, each time under the same keys: a second drive uses up nothing of it.
    /// - Throws: `Failure`.
    mutating func enrol(by token: KeyToken, at endpoint: String, _ stop: StopRequest) throws {
        let client = EnrolmentClient(connect: endpoint, token.security, stop: stop)
        for index in parts.indices {
            let (identity, pair) = (parts[index].identity, token.derivedPair(for: parts[index].identity.workerID))
            let request = EnrolmentRequest(
                publicKey: pair.publicKey.bytes, workerID: identity.workerID, role: identity.role, tier: identity.tier,
                tags: identity.capabilities.ownersTags)
            do {
                guard try client.enrol(request) != nil else { throw Failure(.interrupted, "Stopped before all were enrolled.") }
            } catch let refusal as EnrolmentRefusal {
                throw Failure(refusal, endpoint)
            } catch let refusal as HandshakeRefusal {
                throw Failure(refusal, "join", endpoint)
            }
            parts[index].security = pair.client(of: token.broker)
        }
    }

    /// An entry for all who play one recorded worker.
    private static func fleet(_ run: RecordedRun, _ clients: Int, domain: String) -> [Experiment.FleetEntry] {
        run.plan.assignments.enumerated().compactMap { index, assignment in
            let count = (clients - index + run.plan.assignments.count - 1) / run.plan.assignments.count
            guard count > 0 else { return nil }
            return Experiment.FleetEntry(
                tier: assignment.tier, workers: count, domain: domain, cuts: assignment.cuts)
        }
    }

    /// Plays the recorded workers in turn.
    private static func part(_ number: Int, _ run: RecordedRun) -> DrivePart {
        let place = number % run.edges.count
        let (assignment, played, model) = (run.plan.assignments[place], run.edges[place], run.plan.model)
        let form = DataForm(
            samples: assignment.samples, height: UInt32(model.imageHeight), width: UInt32(model.imageWidth),
            channels: UInt32(model.imageChannels), classes: UInt32(model.classes))
        let identity = MemberIdentity(
            workerID: "drive-\(number + 1)", role: .edge, tier: assignment.tier,
            capabilities: played.hello?.capabilities ?? Capabilities(), data: played.hello?.data ?? form)
        return DrivePart(identity, playing: played)
    }
}
