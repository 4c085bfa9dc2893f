import OxbowKernels
import OxbowModel
import OxbowRandom
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

/// Tensors whose values do not matter but are like those of a real step in size.
enum Noise {
    static func tensors(_ shapes: (_ exchange: Int) throws -> [[Int]]) rethrows -> [Int: [Tensor]] {
        var result: [Int: [Tensor]] = [:]
        for exchange in ModelDescription.exchanges {
            // Gradients are small beside activations.
            let isGradient = [3, 5, 6].contains(exchange)
            result[exchange] = try shapes(exchange).map { tensor($0, bound: isGradient ? 0.01 : 1) }
        }
        return result
    }

    static func tensor(_ shape: [Int], bound: Float) -> Tensor {
        let tensor = Tensor(shape)
        var random = RandomStream(seed: 1, purpose: .simulation)
        for index in 0..<tensor.count { tensor.data[index] = random.symmetric(bound) }
        return tensor
    }
}

/// The same images in every step.
private struct NoiseBatch: BatchSource {
    let pixels: Tensor
    let classes: Int

    init(_ model: ModelDescription, _ batch: Int) {
        pixels = Noise.tensor([batch, model.image.height, model.image.width, model.image.channels], bound: 1)
        classes = model.parameters.classes
    }

    func batch(round: Int, step: Int, images: Tensor, labels: inout [Int32]) {
        images.data.update(from: pixels.data, count: min(images.count, pixels.count))
        for index in labels.indices { labels[index] = Int32(index % classes) }
    }
}
