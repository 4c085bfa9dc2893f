import OxbowKernels
import OxbowModel
import OxbowTraining

/// Steps of a core with the real arithmetic; every worker leaves as much to it as can be, and sends noise.
final class CoreSteps {
    let members: Int
    private let trainer: CoreTrainer
    /// What every worker would send, by exchange.
    private let parts: [Int: [Tensor]]

    init(_ model: ModelDescription, members: Int, batch: Int, lanes: Int) throws {
        Kernels.setThreads(1)
        self.members = members
        trainer = try CoreTrainer(
            model: model, members: (0..<members).map { CoreMember(slot: $0, cuts: .minimal, batch: batch) },
            settings: TrainingSettings(batch: batch, lanes: lanes, algorithms: .preferred))
        parts = try Noise.tensors { try model.shape(of: $0, up: true, cuts: .minimal, batch: batch) }
    }

    /// One step, both halves committed.
    func run() throws {
        func received(_ exchange: Int) -> [[Tensor]] { [[Tensor]](repeating: parts[exchange] ?? [], count: members) }
        _ = try trainer.generatorActivations(received(1))
        _ = try trainer.discriminatorActivations(received(2))
        _ = try trainer.discriminatorGradients(received(3))
        try trainer.commit(.discriminator)
        _ = try trainer.generatorPassActivations(received(4))
        _ = try trainer.generatorPassGradients(received(5))
        _ = try trainer.generatorGradients(received(6))
        try trainer.commit(.generator)
    }
}
