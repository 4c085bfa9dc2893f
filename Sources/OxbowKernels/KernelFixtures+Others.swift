extension KernelFixtures {
    func activation(_ fixture: Case) throws -> [Check] {
        let x = try channelsLast(fixture, "input0"), dy = try channelsLast(fixture, "grad_output")
        let (y, dx) = (Tensor(x.shape), Tensor(x.shape))
        switch fixture.operation {
        case "tanh":
            Elementwise.tanh(x, into: y)
            Elementwise.tanhBackward(y, dy, into: dx)
        case "sigmoid":
            Elementwise.sigmoid(x, into: y)
            Elementwise.sigmoidBackward(y, dy, into: dx)
        default:
            let slope = fixture.operation == "relu" ? 0 : Float(try number(fixture, "slope"))
            Elementwise.leakyRelu(x, slope: slope, into: y)
            Elementwise.leakyReluBackward(x, dy, slope: slope, into: dx)
        }
        return [try check(fixture, "output", y), try check(fixture, "grad_input0", dx)]
    }

    func embedding(_ fixture: Case) throws -> [Check] {
        let table = try channelsLast(fixture, "weight"), dy = try channelsLast(fixture, "grad_output")
        let indices = try recordedIntegers(fixture, "input0")
        let (y, gradTable) = (Tensor(dy.shape), Tensor(table.shape))
        Embedding.forward(table, indices, into: y)
        Embedding.backward(dy, indices, addingTo: gradTable)
        return [try check(fixture, "output", y), try check(fixture, "grad_weight", gradTable)]
    }

    func maxPool(_ fixture: Case) throws -> [Check] {
        let x = try channelsLast(fixture, "input0"), dy = try channelsLast(fixture, "grad_output")
        let pool = MaxPool(
            batch: x.shape[0], height: x.shape[1], width: x.shape[2], channels: x.shape[3],
            kernel: Int(try number(fixture, "kernel")), stride: Int(try number(fixture, "stride")))
        let (y, dx) = (Tensor(pool.outputShape), Tensor(x.shape))
        pool.forward(x, into: y)
        pool.backward(dy, into: dx)
        return [try check(fixture, "output", y), try check(fixture, "grad_input0", dx)]
    }

    func crossEntropy(_ fixture: Case) throws -> [Check] {
        let logits = try channelsLast(fixture, "input0"), gradient = Tensor(logits.shape)
        let loss = Loss.crossEntropy(
            logits, try recordedIntegers(fixture, "targets"), gradient: gradient, scale: try lossScale(fixture))
        return [try check(fixture, "output", plain: [Float(loss)]), try check(fixture, "grad_input0", gradient)]
    }

    func binaryCrossEntropy(_ fixture: Case) throws -> [Check] {
        let logits = try channelsLast(fixture, "input0"), gradient = Tensor(logits.shape)
        let loss = Loss.sigmoidBinaryCrossEntropy(
            logits, target: Float(try number(fixture, "target")), gradient: gradient, scale: try lossScale(fixture))
        return [try check(fixture, "output", plain: [Float(loss)]), try check(fixture, "grad_input0", gradient)]
    }

    func adam(_ fixture: Case) throws -> [Check] {
        let parameter = try channelsLast(fixture, "initial")
        let (moment1, moment2) = (Tensor(parameter.shape), Tensor(parameter.shape))
        let adam = Adam(
            learningRate: try number(fixture, "lr"), beta1: try number(fixture, "beta1"),
            beta2: try number(fixture, "beta2"), epsilon: try number(fixture, "eps"))
        return try (0..<Int(try number(fixture, "steps"))).map { i in
            let gradient = try channelsLast(fixture, "grad\(i)")
            adam.update(parameter, gradient: gradient, moment1: moment1, moment2: moment2, step: i + 1)
            return try check(fixture, "after\(i)", parameter)
        }
    }

    /// The gradient that comes into a loss: one number.
    private func lossScale(_ fixture: Case) throws -> Float {
        guard let scale = try recorded(fixture, "grad_output").values.first else {
            throw Failure(description: "Unable to check '\(fixture.name)': its gradient has no value.")
        }
        return scale
    }

    private func recordedIntegers(_ fixture: Case, _ suffix: String) throws -> [Int32] {
        let name = "\(fixture.name).\(suffix)"
        guard let found = integers(name) else {
            throw Failure(description: "Unable to check '\(fixture.name)': there is no tensor '\(name)'.")
        }
        return found
    }
}
