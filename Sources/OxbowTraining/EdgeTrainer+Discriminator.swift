import OxbowKernels
import OxbowModel

extension EdgeTrainer {
    /// Exchange 1 up: draws the step's batch and noise by key and runs G's head. Drops anything staged.
    public func generatorHead(round: Int, step: Int) throws -> [Tensor] {
        discard()
        let output = try drawAndGenerate(round: round, step: step)
        stage = .generatorForward
        return output
    }

    /// Exchange 1 down, 2 up: G's tail, then D's head on the fake and on the real images.
    public func discriminatorHeads(_ generatorCore: [Tensor]) throws -> [Tensor] {
        try stage.require(.generatorForward, before: "D heads")
        try check(generatorCore, exchange: 1)
        fake = passes.generatorTail.forward(generatorCore)[0]
        let output =
            passes.fakeHead.forward([fake], labels: [labels]) + passes.realHead.forward([images], labels: [labels])
        stage = .discriminatorForward
        return output
    }

    /// Exchange 2 down, 3 up: D's tail, losses and their gradients back to the core, fake then real.
    public func discriminatorTails(_ core: [Tensor]) throws -> [Tensor] {
        try stage.require(.discriminatorForward, before: "D tails")
        try check(core, exchange: 2)
        let fakeLogits = passes.fakeTail.forward([core[0]])[0]
        let realLogits = passes.realTail.forward([core[1]])[0]
        losses.fake = loss(fakeLogits, target: 0, into: logitGradients[0])
        losses.real = loss(realLogits, target: 1, into: logitGradients[1])
        let gradients =
            passes.fakeTail.backward([logitGradients[0]], weights: true, inputs: true)
            + passes.realTail.backward([logitGradients[1]], weights: true, inputs: true)
        stage = .discriminatorReturned
        return gradients
    }

    /// Exchange 3 down: D's heads backwards; the images want no gradient. Completes the discriminator half.
    public func discriminatorHeadsBackward(_ gradients: [Tensor]) throws {
        try stage.require(.discriminatorReturned, before: "D heads backwards")
        try check(gradients, exchange: 3)
        passes.fakeHead.backward([gradients[0]], weights: true, inputs: false)
        passes.realHead.backward([gradients[1]], weights: true, inputs: false)
        stage = .discriminatorStaged
    }

    func drawAndGenerate(round: Int, step: Int) throws -> [Tensor] {
        source.batch(round: round, step: step, images: images, labels: &labels)
        let classes = model.parameters.classes
        guard labels.count == settings.batch, labels.allSatisfy({ $0 >= 0 && $0 < classes }) else {
            throw TrainingError(
                action: "compute", subject: "batch of round \(round), step \(step)",
                reason: "it must have \(settings.batch) labels from 0 to \(classes - 1)")
        }
        noiseSource.noise(round: round, step: step, into: noise)
        return passes.generatorHead.forward([noise], labels: [labels])
    }

    /// Mean loss; fills the gradient of the mean with respect to the logits.
    func loss(_ logits: Tensor, target: Float, into gradient: Tensor) -> Double {
        Loss.sigmoidBinaryCrossEntropy(logits, target: target, gradient: gradient)
    }

    /// Throws `TrainingError` unless these are the tensors that the core sends in this exchange.
    func check(_ received: [Tensor], exchange: Int) throws {
        let expected = try model.shape(of: exchange, up: false, cuts: cuts, batch: settings.batch)
        try ShapeCheck.check(received, expected, exchange: exchange, slot: slot)
    }
}

/// Compares what a peer sent with what the model says.
enum ShapeCheck {
    static func check(_ received: [Tensor], _ expected: [[Int]], exchange: Int, slot: Int) throws {
        let shapes = received.map(\.shape)
        guard shapes == expected else {
            throw TrainingError(
                action: "compute", subject: "exchange \(exchange) of slot \(slot)",
                reason: "shapes \(shapes) came where the model has \(expected)")
        }
    }
}
