import OxbowExperiment
import OxbowModel
import OxbowProtocol
import OxbowScheduling
import OxbowSimulation

extension Experiment {
    /// The experiment's fleet as a simulation can start it, with a model and data that are not there.
    ///
    /// Rounds have 3 steps at most, unless their number was told. Observed times are the machine's, so `replan: measured` is
    /// taken for `declared`.
    func rehearsal(_ arithmetic: Arithmetic, stepsAreTold: Bool) throws -> Rehearsal {
        let parameters = arithmetic == .small ? Arithmetic.model : modelParameters()
        var run = try runSettings(id: "run", parameters, isScored: true)
        run.template.run = 1
        if arithmetic == .small { run.template.batch = UInt32(Arithmetic.batch) }
        if !stepsAreTold {
            let isInSteps = run.localEpochs == nil
            run.template.stepsPerRound = isInSteps ? min(run.template.stepsPerRound, Self.simulatedSteps) : Self.simulatedSteps
            run.localEpochs = nil
        }
        if run.scheduling.replanning == .measured { run.scheduling.replanning = .declared }
        run.scheduling.planner = RememberingPlanner(run.scheduling.planner)
        let edges = roster.map { worker in
            arithmetic.process(identity(worker, parameters), slot: worker.slot)
        }
        let core = MemberIdentity(
            workerID: "core", role: .core, tier: "core", capabilities: capabilities(nil, parameters), data: DataForm())
        return Rehearsal(
            settings: fleetSettings(closed: true), run: run, processes: edges + [arithmetic.process(core, slot: 0)])
    }

    private static let simulatedSteps: UInt32 = 3

    private func identity(_ worker: RosterEntry, _ parameters: ModelParameters) -> MemberIdentity {
        MemberIdentity(
            workerID: worker.workerID, role: .edge, tier: worker.tier,
            capabilities: capabilities(requires[worker.tier], parameters),
            data: DataForm(
                samples: 100, height: UInt32(parameters.imageHeight), width: UInt32(parameters.imageWidth),
                channels: UInt32(parameters.imageChannels), classes: UInt32(parameters.classes)))
    }

    /// A machine that fulfils what the experiment requires.
    private func capabilities(_ required: Requirement?, _ parameters: ModelParameters) -> Capabilities {
        Capabilities(
            memoryBytes: UInt64(required?.memory ?? 1 << 34),
            speeds: [KernelSpeed(width: parameters.width, gflops: 20, outerGflops: 5)], tags: required?.tags ?? [:])
    }
}
