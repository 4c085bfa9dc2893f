import OxbowKernels
import OxbowModel

extension CoreTrainer {
    /// Exchange 1: G forward. Drops anything staged, whether a step begins or a generator half is repeated.
    public func generatorActivations(_ parts: [[Tensor]]) throws -> [[Tensor]] {
        try check(parts, exchange: 1)
        discard()
        let output = generator.forward(parts.map { $0[0] })
        stage = .generatorForward
        return output.map { [$0] }
    }

    /// Exchange 2: D forward on fakes and reals; each part is [fake, real].
    public func discriminatorActivations(_ parts: [[Tensor]]) throws -> [[Tensor]] {
        try stage.require(.generatorForward, before: "D activations")
        try check(parts, exchange: 2)
        let fakes = fake.forward(parts.map { $0[0] })
        let reals = real.forward(parts.map { $0[1] })
        stageSignal()
        stage = .discriminatorForward
        return zip(fakes, reals).map { [$0, $1] }
    }

    /// Exchange 3: D backward; each part is [fake, real]. Completes the discriminator half.
    public func discriminatorGradients(_ parts: [[Tensor]]) throws -> [[Tensor]] {
        try stage.require(.discriminatorForward, before: "D gradients")
        try check(parts, exchange: 3)
        let fakes = fake.backward(parts.map { $0[0] }, weights: true, inputs: true)
        let reals = real.backward(parts.map { $0[1] }, weights: true, inputs: true)
        stage = .discriminatorStaged
        return zip(fakes, reals).map { [$0, $1] }
    }

    /// Exchange 4: the updated D forward on fakes.
    public func generatorPassActivations(_ parts: [[Tensor]]) throws -> [[Tensor]] {
        try stage.require(.discriminatorCommitted, .generatorForward, before: "D activations on fakes")
        try check(parts, exchange: 4)
        let output = judged.forward(parts.map { $0[0] })
        stage = .judgedForward
        return output.map { [$0] }
    }

    /// Exchange 5: D backward without gradients of its weights.
    public func generatorPassGradients(_ parts: [[Tensor]]) throws -> [[Tensor]] {
        try stage.require(.judgedForward, before: "D gradients on fakes")
        try check(parts, exchange: 5)
        let output = judged.backward(parts.map { $0[0] }, weights: false, inputs: true)
        stage = .judgedReturned
        return output.map { [$0] }
    }

    /// Exchange 6: G backward. Completes the generator half.
    public func generatorGradients(_ parts: [[Tensor]]) throws -> [[Tensor]] {
        try stage.require(.judgedReturned, before: "G gradients")
        try check(parts, exchange: 6)
        let output = generator.backward(parts.map { $0[0] }, weights: true, inputs: true)
        stage = .generatorStaged
        return output.map { [$0] }
    }

    /// Throws `TrainingError` unless there is one part a member, with the tensors that it sends in this exchange.
    private func check(_ parts: [[Tensor]], exchange: Int) throws {
        guard parts.count == active.count else {
            throw TrainingError(
                action: "compute", subject: "exchange \(exchange)",
                reason: "\(parts.count) parts came where \(active.count) members take part")
        }
        for (part, index) in zip(parts, active) {
            let member = members[index]
            let expected = try model.shape(of: exchange, up: true, cuts: member.cuts, batch: member.batch)
            try ShapeCheck.check(part, expected, exchange: exchange, slot: member.slot)
        }
    }
}
