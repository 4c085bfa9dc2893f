import OxbowKernels
import OxbowModel
import OxbowTraining

/// Steps of one worker with the real arithmetic, on images and answers that are noise.
final class EdgeSteps {
    private let trainer: EdgeTrainer
    /// What the core would send, by exchange.
    private let answers: [Int: [Tensor]]
    private var step = 0

    init(_ model: ModelDescription, cuts: Cuts, batch: Int) throws {
        Kernels.setThreads(1)
        trainer = try EdgeTrainer(
            model: model, cuts: cuts, slot: 0, settings: TrainingSettings(batch: batch, algorithms: .preferred),
            source: NoiseBatch(model, batch))
        answers = try Noise.tensors { try model.shape(of: $0, up: false, cuts: cuts, batch: batch) }
    }

    /// One step, both halves committed.
    func run() throws {
        func answer(_ exchange: Int) -> [Tensor] { answers[exchange] ?? [] }
        _ = try trainer.generatorHead(round: 0, step: step)
        _ = try trainer.discriminatorHeads(answer(1))
        _ = try trainer.discriminatorTails(answer(2))
        try trainer.discriminatorHeadsBackward(answer(3))
        try trainer.commit(.discriminator)
        _ = try trainer.generatorPassHead()
        _ = try trainer.generatorPassTail(answer(4))
        _ = try trainer.generatorTailBackward(answer(5))
        try trainer.generatorHeadBackward(answer(6))
        try trainer.commit(.generator)
        step += 1
    }
}
