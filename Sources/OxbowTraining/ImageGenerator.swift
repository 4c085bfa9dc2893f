import OxbowKernels
import OxbowModel

/// A whole G that only generates: batch norm by running values.
public final class ImageGenerator {
    public let model: ModelDescription
    public let batch: Int
    private let states: [BlockState]
    private let pass: SegmentPass

    /// - Throws: `KernelError`.
    public init(model: ModelDescription, batch: Int, algorithms: AlgorithmPolicy = .direct) throws {
        let workspace = Workspace(lanes: 1, policy: algorithms)
        self.model = model
        self.batch = batch
        self.states = try model.generator.blocks.map { try workspace.state($0, batch: batch) }
        let part = Part(slot: 0, batch: batch, blocks: 0..<states.count)
        self.pass = try SegmentPass(states, parts: [part], workspace: workspace, keepsInputGradient: false)
    }

    /// Installs all of G's tensors, in PyTorch's layouts.
    ///
    /// Throws `TrainingError`, having changed nothing, if one is missing or has another shape.
    public func install(_ tensors: NamedTensors) throws {
        for state in states { try state.check(tensors, optimizer: false) }
        for state in states { state.install(tensors, optimizer: false) }
    }

    /// Images (N, H, W, C) in [-1, 1], valid until the next call; `noise` is (N, noise).
    ///
    /// Throws `TrainingError` for a wrong shape or a label outside the classes.
    public func images(noise: Tensor, labels: [Int32]) throws -> Tensor {
        let classes = model.parameters.classes
        guard noise.shape == [batch, model.parameters.noise], labels.count == batch,
            labels.allSatisfy({ $0 >= 0 && $0 < classes })
        else {
            throw TrainingError(
                action: "generate", subject: "a batch of \(labels.count)",
                reason: "noise must be \(batch) x \(model.parameters.noise), labels from 0 to \(classes - 1)")
        }
        return pass.forward([noise], labels: [labels], running: true)[0]
    }
}
