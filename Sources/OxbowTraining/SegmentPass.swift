import OxbowKernels
import OxbowModel

/// Consecutive blocks in one pass, for the parts of one or several workers.
///
/// A part enters at the first block of its range and leaves after the last. Tensors passed in are kept, not copied,
/// until the backward pass is done.
final class SegmentPass {
    let parts: [Part]
    let blocks: [BlockPass]
    /// Indices of the parts that take part, by rising slot.
    var active: [Int]

    /// - Parameter keepsInputGradient: false if nobody ever reads the gradient of what enters.
    init(_ states: [BlockState], parts: [Part], workspace: Workspace, keepsInputGradient: Bool = true) throws {
        self.parts = parts
        self.active = Array(parts.indices)
        self.blocks = try states.map { try BlockPass($0, parts: parts, workspace: workspace) }
        for part in parts.indices {
            let chain = blocks.compactMap { $0.buffers[part] }
            guard let entry = chain.first else { preconditionFailure("a part passes through no block of its segment") }
            for (before, after) in zip(chain, chain.dropFirst()) {
                after.input = before.output
                // Without batch norm the backward pass still reads the output.
                let gradient = before.output === before.transformed ? Tensor(before.output.shape) : before.output
                after.inputGradient = gradient
                before.outputGradient = gradient
            }
            guard keepsInputGradient, let block = states.first(where: { parts[part].blocks.lowerBound == $0.index })
            else { continue }
            entry.inputGradient = Tensor(block.description.input.batched(parts[part].batch))
        }
    }

    /// Inputs of the active parts to their outputs; labels, one array a part, only where a block of the segment reads
    /// them.
    func forward(_ inputs: [Tensor], labels: [[Int32]] = [], running: Bool = false) -> [Tensor] {
        for (position, part) in active.enumerated() {
            let entry = chain(part).first
            entry?.input = inputs[position]
            if position < labels.count { entry?.labels = labels[position] }
        }
        for block in blocks {
            let working = active.compactMap { block.buffers[$0] }
            if !working.isEmpty { block.forward(working, running: running) }
        }
        return active.compactMap { chain($0).last?.output }
    }

    /// Gradients of the active parts' outputs to those of their inputs; none are returned unless `inputs`.
    @discardableResult
    func backward(_ gradients: [Tensor], weights: Bool, inputs: Bool) -> [Tensor] {
        for (position, part) in active.enumerated() {
            let chain = chain(part)
            chain.last?.outputGradient = gradients[position]
            chain.first?.wantsInputGradient = inputs
        }
        for block in blocks.reversed() {
            let working = active.compactMap { block.buffers[$0] }
            if !working.isEmpty { block.backward(working, weights: weights) }
        }
        return inputs ? active.compactMap { chain($0).first?.inputGradient } : []
    }

    /// Moves running values by this pass's statistics, if it ran since the last commit or discard.
    func commitRunning() {
        for block in blocks {
            if let norm = block.state.norm { block.pooled?.commitRunning(norm, bias: block.state.bias.values) }
        }
    }

    func discard() {
        for block in blocks { block.pooled?.discard() }
    }

    /// The last output of one block for one part; overwritten by the backward pass.
    func output(of block: Int, part: Int) -> Tensor? {
        blocks.first { $0.state.index == block }?.buffers[part]?.output
    }

    private func chain(_ part: Int) -> [PartBuffers] { blocks.compactMap { $0.buffers[part] } }
}

extension BlockState {
    var index: Int { description.name.index }
}
