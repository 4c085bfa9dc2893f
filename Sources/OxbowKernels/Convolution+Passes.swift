import COxbowKernels

extension Convolution {
    /// output = layer(input), without a bias; (N, H, W, C) both.
    public func forward(_ input: Tensor, _ weights: ConvolutionWeights, into output: Tensor) {
        expect(input, shape.inputCount, "input of \(shape)")
        expect(output, shape.outputCount, "output of \(shape)")
        check(weights)
        let (x, y) = shape.transposed ? (output, input) : (input, output)
        run(plainKind(.forward), x, weights, y)
    }

    /// gradInput = the gradient of the input, given that of the output; overwritten.
    public func backwardData(_ gradOutput: Tensor, _ weights: ConvolutionWeights, into gradInput: Tensor) {
        expect(gradOutput, shape.outputCount, "output gradient of \(shape)")
        expect(gradInput, shape.inputCount, "input gradient of \(shape)")
        check(weights)
        let (x, y) = shape.transposed ? (gradOutput, gradInput) : (gradInput, gradOutput)
        run(plainKind(.backwardData), x, weights, y)
    }

    /// The gradient of some of the input's channels only: gradInput is (N, H, W, channels.count).
    ///
    /// Offered by convolutions of at most `narrowChannels` input channels that are not transposed.
    public func backwardData(
        _ gradOutput: Tensor, _ weights: ConvolutionWeights, channels: Range<Int>, into gradInput: Tensor
    ) {
        precondition(
            Self.isNarrow(shape) && !shape.transposed && channels.lowerBound >= 0 && !channels.isEmpty
                && channels.upperBound <= shape.inputChannels,
            "input gradient of channels \(channels) of \(shape)")
        expect(gradOutput, shape.outputCount, "output gradient of \(shape)")
        expect(gradInput, shape.inputCount / shape.inputChannels * channels.count, "input gradient of \(shape)")
        check(weights)
        var plain = shape.plain
        oxbow_narrow_backward_data(
            &plain, gradOutput.data, weights.narrow!.data, Int32(channels.lowerBound), Int32(channels.count),
            gradInput.data)
    }

    /// gradWeights (storage layout) = the gradient of the weights; overwritten.
    public func backwardWeights(_ input: Tensor, _ gradOutput: Tensor, into gradWeights: Tensor) {
        expect(input, shape.inputCount, "input of \(shape)")
        expect(gradOutput, shape.outputCount, "output gradient of \(shape)")
        expect(gradWeights, shape.weightCount, "weight gradient of \(shape)")
        let (x, y) = shape.transposed ? (gradOutput, input) : (input, gradOutput)
        switch plainPass(.backwardWeights) {
        case .oneDNN(let pass): pass.run(x.data, gradWeights.data, y.data)
        case .winograd(let pass): pass.plan.backwardWeights(x, y, into: gradWeights, pass.scratch)
        case .narrow, .reference:
            var plain = shape.plain
            oxbow_reference_conv_backward_weights(&plain, x.data, y.data, gradWeights.data)
        }
    }

    /// Forward and backward data of the plain convolution x -> y.
    private func run(_ kind: PassKind, _ x: Tensor, _ weights: ConvolutionWeights, _ y: Tensor) {
        switch plainPass(kind) {
        case .oneDNN(let pass): pass.run(x.data, pass.packed(weights.packer(kind), weights.values), y.data)
        case .winograd(let pass): pass.run(x, weights, y)
        case .narrow: runNarrow(kind, x, weights.narrow!, y)
        case .reference: runReference(kind, x, weights.values, y)
        }
    }

    private func runNarrow(_ kind: PassKind, _ x: Tensor, _ packed: Tensor, _ y: Tensor) {
        var plain = shape.plain
        if kind == .forward {
            oxbow_narrow_forward(&plain, x.data, packed.data, y.data)
        } else {
            oxbow_narrow_backward_data(&plain, y.data, packed.data, 0, plain.input_channels, x.data)
        }
    }

    private func runReference(_ kind: PassKind, _ x: Tensor, _ values: Tensor, _ y: Tensor) {
        var plain = shape.plain
        if kind == .forward {
            oxbow_reference_conv_forward(&plain, x.data, values.data, y.data)
        } else {
            oxbow_reference_conv_backward_data(&plain, y.data, values.data, x.data)
        }
    }

    private func check(_ weights: ConvolutionWeights) {
        precondition(
            weights.shape == shape.weightShape && weights.transposed == shape.transposed,
            "weights \(weights.shape) for \(shape)")
    }
}
