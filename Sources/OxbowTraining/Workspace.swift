import OxbowKernels
import OxbowModel

/// Primitives and scratch memory of one trainer, made once for each shape and lane and shared by all passes.
final class Workspace {
    let lanes: Lanes
    let policy: AlgorithmPolicy
    private var primitives: [PrimitiveKey: Primitive] = [:]
    private var scratch: [ScratchKey: Tensor] = [:]
    /// One a lane.
    private let convolutionScratch: [ConvolutionScratch]

    struct PrimitiveKey: Hashable {
        let block: BlockName
        let batch: Int
        let lane: Int
    }

    private struct ScratchKey: Hashable {
        let shape: [Int]
        let use: Use
        let lane: Int
    }

    /// Scratch of different uses is in use at the same time.
    enum Use: Hashable {
        case transformGradient, weightGradient, labelGradient
    }

    init(lanes: Int, policy: AlgorithmPolicy) {
        self.lanes = Lanes(lanes)
        self.policy = policy
        self.convolutionScratch = (0..<self.lanes.count).map { _ in ConvolutionScratch() }
    }

    /// The primitive of a block for one batch size and lane.
    func primitive(_ block: BlockDescription, batch: Int, lane: Int) throws -> Primitive {
        let key = PrimitiveKey(block: block.name, batch: batch, lane: lane)
        if let made = primitives[key] { return made }
        let made = try Primitive(block, batch: batch, policy: policy, scratch: convolutionScratch[lane])
        primitives[key] = made
        return made
    }

    /// One tensor for each lane.
    func scratch(_ shape: [Int], _ use: Use) -> [Tensor] {
        (0..<lanes.count).map { lane in
            let key = ScratchKey(shape: shape, use: use, lane: lane)
            if let made = scratch[key] { return made }
            let made = Tensor(shape)
            scratch[key] = made
            return made
        }
    }

    /// A block's own state, zero, in the layout that its primitives read.
    func state(_ block: BlockDescription, batch: Int) throws -> BlockState {
        switch try primitive(block, batch: batch, lane: 0) {
        case .linear: BlockState(block, filters: nil)
        case .convolution(let convolution): BlockState(block, filters: try ConvolutionWeights(like: convolution))
        }
    }
}

/// The arithmetic with weights of one block for one batch size; one lane uses it at a time.
enum Primitive {
    case linear(Linear)
    case convolution(Convolution)

    init(_ block: BlockDescription, batch: Int, policy: AlgorithmPolicy, scratch: ConvolutionScratch) throws {
        if let shape = block.convolutionShape(batch: batch) {
            let algorithm = policy.algorithm(for: shape)
            self = .convolution(try Convolution(shape, algorithm: algorithm, scratch: scratch))
        } else {
            self = .linear(try Linear(batch: batch, inputs: block.transformInput.count, outputs: block.output.count))
        }
    }
}
