import OxbowKernels
import OxbowModel
import OxbowProtocol
import OxbowTraining

// The exchanges of a step, and its commits.
extension CorePerformer {
    func perform(_ stage: Stage, _ half: HalfStep, _ inputs: [any BodyStorage]) throws -> TaskResult {
        let loaded = try required()
        beginSignalIfDue(stage, half, loaded)
        let parts = try stopwatch.coding { try decode(stage, inputs, loaded) }
        let results = try stopwatch.computing { try compute(stage, parts, loaded.trainer) }
        return TaskResult(
            bodies: try stopwatch.coding { try lanes.map(results.count) { try bodies.body(of: results[$0]) } })
    }

    /// The signal is the mean over the round's last steps.
    private func beginSignalIfDue(_ stage: Stage, _ half: HalfStep, _ loaded: Loaded) {
        guard stage == .coreDiscriminatorActivations else { return }
        let steps = min(loaded.plan.method.signalSteps, loaded.plan.stepsPerRound)
        if half.step == loaded.plan.stepsPerRound - max(1, steps) { loaded.trainer.beginSignal() }
    }

    private func decode(_ stage: Stage, _ inputs: [any BodyStorage], _ loaded: Loaded) throws -> [[Tensor]] {
        guard let exchange = stage.awaits else { preconditionFailure("\(stage) is not a core's") }
        return try lanes.map(loaded.active.count) { index in
            let slot = loaded.active[index]
            let assignment = try loaded.plan.assignment(slot)
            let shapes = try loaded.model.shape(
                of: Int(exchange.rawValue), up: true, cuts: assignment.cuts, batch: Int(loaded.plan.batch))
            return try bodies.tensors(of: inputs[index], shapes: shapes, from: "worker-\(slot)")
        }
    }

    private func compute(_ stage: Stage, _ parts: [[Tensor]], _ trainer: CoreTrainer) throws -> [[Tensor]] {
        switch stage {
        case .coreGeneratorActivations: try trainer.generatorActivations(parts)
        case .coreDiscriminatorActivations: try trainer.discriminatorActivations(parts)
        case .coreDiscriminatorGradients: try trainer.discriminatorGradients(parts)
        case .coreGeneratorPassActivations: try trainer.generatorPassActivations(parts)
        case .coreGeneratorPassGradients: try trainer.generatorPassGradients(parts)
        case .coreGeneratorGradients: try trainer.generatorGradients(parts)
        default: preconditionFailure("\(stage) is not a core's")
        }
    }

    func commit(_ half: HalfStep) throws -> TaskResult {
        let trainer = try required().trainer
        try stopwatch.computing { try trainer.commit(OxbowTraining.Half(half.half)) }
        guard half.half == .generator else { return TaskResult() }
        let time = stopwatch.take()
        return TaskResult(messages: [
            .metrics(
                StepMetrics(
                    round: half.round, step: half.step, computeSeconds: time.compute, waitSeconds: time.wait,
                    codecSeconds: time.codec))
        ])
    }
}
