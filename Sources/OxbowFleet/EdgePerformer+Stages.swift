import OxbowKernels
import OxbowProtocol
import OxbowTraining

// The exchanges of a step, and its commits.
extension EdgePerformer {
    func perform(_ stage: Stage, _ half: HalfStep, _ inputs: [any BodyStorage]) throws -> TaskResult {
        let trainer = try required()
        let received = try inputs.first.map { try tensors(stage, $0, trainer) } ?? []
        let results = try stopwatch.computing { try compute(stage, half, received, trainer) }
        guard let results else { return TaskResult() }
        return TaskResult(bodies: [try stopwatch.coding { try bodies.body(of: results) }])
    }

    private func tensors(_ stage: Stage, _ body: any BodyStorage, _ trainer: EdgeTrainer) throws -> [Tensor] {
        guard let exchange = stage.awaits else { return [] }
        let shapes = try trainer.model.shape(
            of: Int(exchange.rawValue), up: false, cuts: trainer.cuts, batch: trainer.settings.batch)
        return try stopwatch.coding { try bodies.tensors(of: body, shapes: shapes, from: "the core") }
    }

    /// Nil where nothing is to be sent.
    private func compute(
        _ stage: Stage, _ half: HalfStep, _ received: [Tensor], _ trainer: EdgeTrainer
    ) throws -> [Tensor]? {
        let (round, step) = (Int(half.round), Int(half.step))
        switch stage {
        case .generatorHead: return try trainer.generatorHead(round: round, step: step)
        case .discriminatorHeads: return try trainer.discriminatorHeads(received)
        case .discriminatorTails: return try trainer.discriminatorTails(received)
        case .discriminatorHeadsBackward: try trainer.discriminatorHeadsBackward(received)
        case .regenerate: return try trainer.regenerate(round: round, step: step)
        case .regeneratedPassHead:
            try trainer.regeneratedImages(received)
            return try trainer.generatorPassHead()
        case .generatorPassHead: return try trainer.generatorPassHead()
        case .generatorPassTail: return try trainer.generatorPassTail(received)
        case .generatorTailBackward: return try trainer.generatorTailBackward(received)
        case .generatorHeadBackward: try trainer.generatorHeadBackward(received)
        default: preconditionFailure("\(stage) is not an edge's")
        }
        return nil
    }

    func commit(_ half: HalfStep) throws -> TaskResult {
        let trainer = try required()
        try stopwatch.computing { try trainer.commit(OxbowTraining.Half(half.half)) }
        halves += 1
        guard half.half == .generator else { return TaskResult() }
        let time = stopwatch.take()
        return TaskResult(messages: [
            .metrics(
                StepMetrics(
                    round: half.round, step: half.step, lossReal: trainer.losses.real, lossFake: trainer.losses.fake,
                    lossGenerator: trainer.losses.generator, computeSeconds: time.compute, waitSeconds: time.wait,
                    codecSeconds: time.codec))
        ])
    }
}
