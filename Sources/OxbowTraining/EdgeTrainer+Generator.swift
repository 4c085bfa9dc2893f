import OxbowKernels

extension EdgeTrainer {
    /// Exchange 4 up: the updated D's head on the fake images.
    public func generatorPassHead() throws -> [Tensor] {
        try stage.require(.discriminatorCommitted, before: "D head on fakes")
        let output = passes.judgedHead.forward([fake], labels: [labels])
        stage = .judgedForward
        return output
    }

    /// Exchange 4 down, 5 up: D's tail, G's loss and its gradient back to the core. D's weights get no gradient.
    public func generatorPassTail(_ core: [Tensor]) throws -> [Tensor] {
        try stage.require(.judgedForward, before: "D tail on fakes")
        try check(core, exchange: 4)
        let logits = passes.judgedTail.forward(core)[0]
        losses.generator = loss(logits, target: 1, into: logitGradients[2])
        let gradients = passes.judgedTail.backward([logitGradients[2]], weights: false, inputs: true)
        stage = .judgedReturned
        return gradients
    }

    /// Exchange 5 down, 6 up: D's head back to the image channels, then G's tail.
    public func generatorTailBackward(_ gradients: [Tensor]) throws -> [Tensor] {
        try stage.require(.judgedReturned, before: "G tail backwards")
        try check(gradients, exchange: 5)
        let image = passes.judgedHead.backward(gradients, weights: false, inputs: true)
        let output = passes.generatorTail.backward(image, weights: true, inputs: true)
        stage = .generatorReturned
        return output
    }

    /// Exchange 6 down: G's head backwards. Completes the generator half.
    public func generatorHeadBackward(_ gradients: [Tensor]) throws {
        try stage.require(.generatorReturned, before: "G head backwards")
        try check(gradients, exchange: 6)
        passes.generatorHead.backward(gradients, weights: true, inputs: false)
        stage = .generatorStaged
    }

    /// Exchange 1 up in a repeated generator half: G's head again from the same keys. Drops what the half staged.
    public func regenerate(round: Int, step: Int) throws -> [Tensor] {
        discard()
        let output = try drawAndGenerate(round: round, step: step)
        stage = .regenerating
        return output
    }

    /// Exchange 1 down in a repeated generator half; `generatorPassHead` comes next.
    public func regeneratedImages(_ generatorCore: [Tensor]) throws {
        try stage.require(.regenerating, before: "regenerated images")
        try check(generatorCore, exchange: 1)
        fake = passes.generatorTail.forward(generatorCore)[0]
        stage = .discriminatorCommitted
    }
}
