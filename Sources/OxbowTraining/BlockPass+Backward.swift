import OxbowKernels
import OxbowModel

extension BlockPass {
    /// Gradient of each working part's output to that of its input; `weights` also adds to the block's gradients.
    ///
    /// Where a part's input gradient is nil none is computed.
    func backward(_ parts: [PartBuffers], weights: Bool) {
        if let pooled, let norm = state.norm {
            workspace.lanes.forEach(parts.count) { index, _ in gradientSums(parts[index], pooled, norm) }
            pooled.poolGradients(parts, norm, weights: weights)
        }
        if weights { state.stageGradients() }
        workspace.lanes.forEach(parts.count) { index, lane in
            let part = parts[index]
            let gradient = part.transformGradients[lane]
            transformedGradient(part, into: gradient)
            // First the weights: the input's gradient may lie over the input.
            if weights { weightGradient(part, gradient, lane) }
            inputGradient(part, gradient, lane, weights: weights)
        } then: { index, lane in
            if weights { accumulate(parts[index], lane) }
        }
    }

    private func gradientSums(_ part: PartBuffers, _ pooled: PooledNorm, _ norm: BlockState.Norm) {
        BatchNorm.backwardSums(
            part.transformed, part.incomingGradient, pooled.mean, pooled.inverseDeviation, norm.weight.values,
            norm.bias.values, activation: block.normActivation, into: &part.sums)
    }

    /// Back through activation and normalisation.
    private func transformedGradient(_ part: PartBuffers, into gradient: Tensor) {
        if let pooled, let norm = state.norm {
            BatchNorm.backward(
                part.transformed, part.incomingGradient, pooled.mean, pooled.inverseDeviation, norm.weight.values,
                norm.bias.values, activation: block.normActivation, sums: pooled.sums, count: pooled.statistics.count,
                into: gradient)
            return
        }
        switch block.activation {
        case .relu: Elementwise.reluBackward(part.output, part.incomingGradient, into: gradient)
        case .leakyRelu(let slope):
            Elementwise.leakyReluBackward(part.output, part.incomingGradient, slope: Float(slope), into: gradient)
        case .tanh: Elementwise.tanhBackward(part.output, part.incomingGradient, into: gradient)
        case .sigmoid: gradient.copy(from: part.incomingGradient)
        }
    }

    private func weightGradient(_ part: PartBuffers, _ gradient: Tensor, _ lane: Int) {
        switch part.primitives[lane] {
        case .linear(let linear):
            linear.backwardWeights(part.transformInput, gradient, into: weightGradients[lane])
        case .convolution(let convolution):
            convolution.backwardWeights(part.transformInput, gradient, into: weightGradients[lane])
        }
        if pooled == nil { Elementwise.biasGradient(gradient, into: part.biasGradient) }
    }

    private func inputGradient(_ part: PartBuffers, _ gradient: Tensor, _ lane: Int, weights: Bool) {
        guard block.labelInput == .none else {
            return labelledInputGradient(part, gradient, lane, weights: weights)
        }
        guard let target = part.inputGradient, part.wantsInputGradient else { return }
        switch part.primitives[lane] {
        case .linear(let linear): linear.backwardData(gradient, state.weight.values, into: target)
        case .convolution(let convolution):
            if let filters = state.filters { convolution.backwardData(gradient, filters, into: target) }
        }
    }

    /// Only what is wanted of the joined input's gradient: the label's part for its embedding, the rest for what came
    /// in.
    private func labelledInputGradient(_ part: PartBuffers, _ gradient: Tensor, _ lane: Int, weights: Bool) {
        let channels = block.input.channels
        switch part.primitives[lane] {
        case .linear(let linear):
            // The noise before the columns wants no gradient.
            guard weights, let joined = part.joined else { return }
            linear.backwardData(gradient, state.weight.values, into: joined)
            LabelJoin.columns(block, of: joined, batch: part.batch, into: part.labelGradients[lane])
        case .convolution(let convolution):
            guard let filters = state.filters else { return }
            if weights {
                convolution.backwardData(
                    gradient, filters, channels: channels..<channels + 1, into: part.labelGradients[lane])
            }
            if part.wantsInputGradient, let target = part.inputGradient {
                convolution.backwardData(gradient, filters, channels: 0..<channels, into: target)
            }
        }
    }

    /// Adds one part's gradients to the block's; called by rising slot.
    private func accumulate(_ part: PartBuffers, _ lane: Int) {
        Elementwise.add(weightGradients[lane], to: state.weight.gradient)
        if pooled == nil { Elementwise.add(part.biasGradient, to: state.bias.gradient) }
        if let embedding = state.embedding {
            Embedding.backward(part.labelGradients[lane], part.labels, addingTo: embedding.gradient)
        }
    }
}
