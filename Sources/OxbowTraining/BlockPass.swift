import OxbowKernels
import OxbowModel

/// One block in one pass, for all parts that go through it: several in the core, one at the edge.
final class BlockPass {
    let state: BlockState
    let workspace: Workspace
    let pooled: PooledNorm?
    /// By index of the part; nil where the part does not come through this block.
    let buffers: [PartBuffers?]
    let weightGradients: [Tensor]
    var block: BlockDescription { state.description }

    init(_ state: BlockState, parts: [Part], workspace: Workspace) throws {
        self.state = state
        self.workspace = workspace
        self.pooled = state.norm.map { _ in PooledNorm(channels: state.description.normFeatures) }
        self.buffers = try parts.map { part in
            part.blocks.contains(state.description.name.index)
                ? try PartBuffers(state, batch: part.batch, workspace: workspace) : nil
        }
        self.weightGradients = workspace.scratch(state.weight.values.shape, .weightGradient)
    }

    /// Input of each working part to its output; batch norm is over all of them.
    ///
    /// `running` normalises by running values instead.
    func forward(_ parts: [PartBuffers], running: Bool = false) {
        let measures = pooled != nil && !running
        workspace.lanes.forEach(parts.count) { index, lane in
            transform(parts[index], lane)
            if measures { BatchNorm.statistics(parts[index].transformed, into: &parts[index].statistics) }
        }
        guard let pooled, let norm = state.norm else { return }
        if running { pooled.useRunning(norm, bias: state.bias.values) } else { pooled.pool(parts) }
        workspace.lanes.forEach(parts.count) { index, _ in normalize(parts[index], pooled, norm) }
    }

    private func transform(_ part: PartBuffers, _ lane: Int) {
        if let joined = part.joined, let table = state.embedding?.values, let input = part.input {
            LabelJoin.forward(block, input, part.labels, table, into: joined)
        }
        switch part.primitives[lane] {
        case .linear(let linear):
            linear.forward(part.transformInput, state.weight.values, into: part.transformed)
        case .convolution(let convolution):
            if let filters = state.filters { convolution.forward(part.transformInput, filters, into: part.transformed) }
        }
        if pooled == nil { activate(part) }
    }

    /// Bias and activation where nothing is normalised, in place.
    private func activate(_ part: PartBuffers) {
        Elementwise.addBias(part.output, state.bias.values, into: part.output)
        switch block.activation {
        case .relu: Elementwise.relu(part.output, into: part.output)
        case .leakyRelu(let slope): Elementwise.leakyRelu(part.output, slope: Float(slope), into: part.output)
        case .tanh: Elementwise.tanh(part.output, into: part.output)
        // The loss takes logits: sigmoid and cross entropy together keep their precision.
        case .sigmoid: break
        }
    }

    private func normalize(_ part: PartBuffers, _ pooled: PooledNorm, _ norm: BlockState.Norm) {
        BatchNorm.normalize(
            part.transformed, pooled.mean, pooled.inverseDeviation, norm.weight.values, norm.bias.values,
            activation: block.normActivation, into: part.output)
    }
}

extension BlockDescription {
    /// The activation as the fused batch norm kernels know it.
    var normActivation: OxbowKernels.Activation {
        switch activation {
        case .relu: .relu
        case .leakyRelu(let slope): .leakyRelu(Float(slope))
        case .tanh, .sigmoid: preconditionFailure("block \(name): no kernel fuses \(activation) with batch norm")
        }
    }
}
