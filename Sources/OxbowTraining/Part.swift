import OxbowKernels
import OxbowModel

/// One worker's share of a segment: its batch and the blocks it passes through there.
struct Part: Hashable {
    let slot: Int
    let batch: Int
    let blocks: Range<Int>
}

/// The memory of one part in one block in one pass, allocated once.
///
/// The gradient of a block's input is written over that input where it is the output of the block before: nobody
/// reads it again.
final class PartBuffers {
    let batch: Int
    /// One a lane.
    let primitives: [Primitive]
    /// Received, or the output of the block before.
    var input: Tensor?
    /// The input with the label's columns or channel.
    let joined: Tensor?
    /// Before normalisation and activation.
    let transformed: Tensor
    let output: Tensor
    var labels: [Int32] = []
    /// Of this part alone, filled forwards and backwards.
    var statistics: BatchNormStatistics
    var sums: BatchNormSums
    /// Gradient of a bias, where no batch norm follows it.
    let biasGradient: Tensor
    /// Received, or written by the block after.
    var outputGradient: Tensor?
    /// Where the gradient of the input goes.
    var inputGradient: Tensor?
    /// False where nobody reads the gradient of the input in this pass.
    var wantsInputGradient = true
    /// Scratch, one a lane.
    let transformGradients: [Tensor]
    let labelGradients: [Tensor]

    init(_ state: BlockState, batch: Int, workspace: Workspace) throws {
        let block = state.description
        self.batch = batch
        self.primitives = try (0..<workspace.lanes.count).map {
            try workspace.primitive(block, batch: batch, lane: $0)
        }
        self.joined = block.labelInput == .none ? nil : Tensor(block.transformInput.batched(batch))
        self.transformed = Tensor(block.output.batched(batch))
        self.output = block.batchNorm ? Tensor(block.output.batched(batch)) : transformed
        self.statistics = BatchNormStatistics(channels: block.normFeatures)
        self.sums = BatchNormSums(channels: block.normFeatures)
        self.biasGradient = Tensor([block.batchNorm ? 0 : block.normFeatures])
        self.transformGradients = workspace.scratch(block.output.batched(batch), .transformGradient)
        self.labelGradients =
            block.labelInput == .none ? [] : workspace.scratch([batch, block.embeddingWidth], .labelGradient)
    }

    /// What the weights multiply.
    var transformInput: Tensor {
        guard let tensor = joined ?? input else { preconditionFailure("a block was run without input") }
        return tensor
    }

    var incomingGradient: Tensor {
        guard let outputGradient else { preconditionFailure("a block was run backwards without a gradient") }
        return outputGradient
    }
}
