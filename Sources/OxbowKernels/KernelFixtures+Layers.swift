extension KernelFixtures {
    func linear(_ fixture: Case) throws -> [Check] {
        let x = try channelsLast(fixture, "input0"), w = try channelsLast(fixture, "weight")
        let bias = try channelsLast(fixture, "bias"), dy = try channelsLast(fixture, "grad_output")
        let layer = try Linear(batch: x.shape[0], inputs: x.shape[1], outputs: w.shape[0])
        let (y, dx, dw, dbias) = (Tensor(dy.shape), Tensor(x.shape), Tensor(w.shape), Tensor(bias.shape))
        layer.forward(x, w, bias, into: y)
        layer.backwardData(dy, w, into: dx)
        layer.backwardWeights(x, dy, into: dw, dbias)
        return [
            try check(fixture, "output", y), try check(fixture, "grad_input0", dx),
            try check(fixture, "grad_weight", dw), try check(fixture, "grad_bias", dbias),
        ]
    }

    /// By the direct algorithm, and by Winograd where it is offered.
    func convolution(_ fixture: Case, transposed: Bool) throws -> [Check] {
        let shape = try convolutionShape(fixture, transposed)
        var checks = try convolution(fixture, try Convolution(shape))
        if Convolution.preferredAlgorithm(for: shape) == .winograd {
            checks += try convolution(fixture, try Convolution(shape, algorithm: .winograd))
        }
        return checks
    }

    private func convolutionShape(_ fixture: Case, _ transposed: Bool) throws -> ConvolutionShape {
        let input = try recorded(fixture, "input0").shape, weight = try recorded(fixture, "weight").shape
        return ConvolutionShape(
            batch: input[0], inputChannels: input[1], outputChannels: transposed ? weight[1] : weight[0],
            inputHeight: input[2], inputWidth: input[3], kernel: Int(try number(fixture, "kernel")),
            stride: Int(try number(fixture, "stride")), padding: Int(try number(fixture, "padding")),
            transposed: transposed)
    }

    private func convolution(_ fixture: Case, _ layer: Convolution) throws -> [Check] {
        let x = try channelsLast(fixture, "input0"), dy = try channelsLast(fixture, "grad_output")
        let bias = try channelsLast(fixture, "bias")
        let weights = try ConvolutionWeights(like: layer)
        weights.load(plain: try recorded(fixture, "weight").values)
        let (y, dx) = (Tensor(layer.shape.outputShape), Tensor(layer.shape.inputShape))
        let (dw, dbias) = (Tensor(weights.shape), Tensor(bias.shape))
        layer.forward(x, weights, into: y)
        Elementwise.addBias(y, bias, into: y)
        layer.backwardData(dy, weights, into: dx)
        layer.backwardWeights(x, dy, into: dw)
        Elementwise.biasGradient(dy, into: dbias)
        let checks = [
            try check(fixture, "output", y), try check(fixture, "grad_input0", dx),
            try check(fixture, "grad_weight", plain: weights.plain(fromStorage: dw)),
            try check(fixture, "grad_bias", dbias),
        ]
        guard layer.algorithm == .winograd else { return checks }
        return checks.map {
            Check(
                name: "\($0.name) (winograd)", tensor: $0.tensor, error: $0.error,
                tolerance: Self.tolerance(.winograd))
        }
    }

    func batchNorm(_ fixture: Case, training: Bool) throws -> [Check] {
        let x = try channelsLast(fixture, "input0"), dy = try channelsLast(fixture, "grad_output")
        let gamma = try channelsLast(fixture, "weight"), beta = try channelsLast(fixture, "bias")
        let epsilon = try number(fixture, "eps")
        let channels = gamma.count
        // Running values start as a new layer's; in evaluation they are recorded.
        let runningMean = Tensor([channels]), runningVariance = Tensor([channels])
        runningVariance.fill(1)
        let (mean, invstd) = (Tensor([channels]), Tensor([channels]))
        let statistics = BatchNorm.statistics(x, channels: channels)
        if training {
            BatchNorm.moments(statistics, epsilon: epsilon, mean: mean, invstd: invstd)
            BatchNorm.updateRunning(
                mean: runningMean, variance: runningVariance, with: statistics,
                momentum: try number(fixture, "momentum"))
        } else {
            runningMean.copy(from: try channelsLast(fixture, "after.running_mean"))
            runningVariance.copy(from: try channelsLast(fixture, "after.running_var"))
            BatchNorm.moments(
                runningMean: runningMean, runningVariance: runningVariance, epsilon: epsilon, mean: mean,
                invstd: invstd)
        }
        let (y, dx) = (Tensor(x.shape), Tensor(x.shape))
        var sums = BatchNormSums(channels: channels)
        BatchNorm.normalize(x, mean, invstd, gamma, beta, into: y)
        BatchNorm.backwardSums(x, dy, mean, invstd, gamma, beta, into: &sums)
        if training {
            BatchNorm.backward(x, dy, mean, invstd, gamma, beta, sums: sums, count: statistics.count, into: dx)
        } else {
            BatchNorm.backwardEvaluation(x, dy, mean, invstd, gamma, beta, into: dx)
        }
        return [
            try check(fixture, "output", y), try check(fixture, "grad_input0", dx),
            try check(fixture, "grad_weight", plain: sums.dzXhat.map(Float.init)),
            try check(fixture, "grad_bias", plain: sums.dz.map(Float.init)),
            try check(fixture, "after.running_mean", runningMean),
            try check(fixture, "after.running_var", runningVariance),
        ]
    }
}
