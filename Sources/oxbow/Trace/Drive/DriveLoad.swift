import OxbowExperiment
import OxbowModel
import OxbowProtocol
import OxbowRuntime
import OxbowTrace

/// Who is played, and the run that they are to be given.
struct DriveLoad {
    let parts: [DrivePart]
    let submission: Submission
    let clients: Int
    let hasNullCore: Bool

    /// - Throws: `ExperimentError` for overrides that cannot be, `OperatorRefusal` for a run that cannot be.
    init(_ run: RecordedRun, clients: Int, nullCore: Bool, _ overrides: [String]) throws {
        let played = (0..<clients).map { run.edges[$0 % run.edges.count] }
        var experiment = try Experiment.parse(
            run.header.experiment, subject: "the trace's experiment", overrides: overrides, membership: .elastic,
            needsDomains: false
        ).withoutData
        experiment.fleet = Self.fleet(run, clients, domain: experiment.data.domains.first ?? "mnist")
        experiment.core.emulate = nil
        let model = run.plan.model
        submission = Submission(
            name: "drive", imageHeight: UInt32(model.imageHeight), imageWidth: UInt32(model.imageWidth),
            imageChannels: UInt32(model.imageChannels), classes: UInt32(model.classes), experiment: experiment.yaml)
        _ = try experiment.runSettings(id: "run", submission.parameters(experiment))
        let edges = played.enumerated().map { number, member in DrivePart(Self.identity(number, member, run), playing: member) }
        let core = DrivePart(MemberIdentity(workerID: "drive-core", role: .core, tier: "core"), playing: nil)
        parts = nullCore ? edges + [core] : edges
        (self.clients, hasNullCore) = (clients, nullCore)
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

    private static func identity(_ number: Int, _ member: RecordedMember, _ run: RecordedRun) -> MemberIdentity {
        let assignment = run.plan.assignments.first { .edge($0.slot) == member.id }
        let model = run.plan.model
        let form = DataForm(
            samples: assignment?.samples ?? 1, height: UInt32(model.imageHeight), width: UInt32(model.imageWidth),
            channels: UInt32(model.imageChannels), classes: UInt32(model.classes))
        return MemberIdentity(
            workerID: "drive-\(number + 1)", role: .edge, tier: assignment?.tier ?? "small",
            capabilities: member.hello?.capabilities ?? Capabilities(), data: member.hello?.data ?? form)
    }
}
