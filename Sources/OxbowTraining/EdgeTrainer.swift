import OxbowKernels
import OxbowModel

/// One worker's four segments: heads and tails of G and D, with its images, labels, noise and losses.
///
/// Tensors are float32, channels last. Returned ones are valid until the next call of the same method; received ones
/// are kept, not copied, until the half is committed or discarded. Not for concurrent use.
public final class EdgeTrainer: BlockOwner {
    public let model: ModelDescription
    public let cuts: Cuts
    public let slot: Int
    public let settings: TrainingSettings

    /// Means over the batch of the last step's binary cross entropies.
    public internal(set) var losses: (real: Double, fake: Double, generator: Double) = (0, 0, 0)

    let held: HeldBlocks
    let passes: EdgePasses
    let source: any BatchSource
    let noiseSource: any NoiseSource
    let images: Tensor
    var labels: [Int32]
    let noise: Tensor
    /// G's output of this step, an input of D's head.
    var fake: Tensor
    var stage = Stage.idle
    let logitGradients: [Tensor]

    /// - Parameter startKey: nil for the common start; the slot for an independent one.
    /// - Throws: `ModelError` for inadmissible cuts, `TrainingError` for a batch below 2, `KernelError`.
    public convenience init(
        model: ModelDescription, cuts: Cuts, slot: Int, settings: TrainingSettings, source: any BatchSource,
        startKey: Int? = nil
    ) throws {
        let noise = KeyedNoise(seed: settings.seed, slot: UInt32(truncatingIfNeeded: slot))
        try self.init(
            model: model, cuts: cuts, slot: slot, settings: settings, source: source, noise: noise, startKey: startKey)
    }

    init(
        model: ModelDescription, cuts: Cuts, slot: Int, settings: TrainingSettings, source: any BatchSource,
        noise: any NoiseSource, startKey: Int?
    ) throws {
        try settings.check(batch: settings.batch)
        let segments = try model.segments(for: cuts)
        let workspace = Workspace(lanes: 1, policy: settings.algorithms)
        let names = try model.blocks(heldBy: cuts)
        self.model = model
        self.cuts = cuts
        self.slot = slot
        self.settings = settings
        self.source = source
        self.noiseSource = noise
        self.held = try HeldBlocks(names, model: model, settings: settings, key: startKey, workspace: workspace)
        self.passes = try EdgePasses(held, segments, slot: slot, batch: settings.batch, workspace: workspace)
        self.images = Tensor(model.image.batched(settings.batch))
        self.fake = Tensor(model.image.batched(settings.batch))
        self.labels = [Int32](repeating: 0, count: settings.batch)
        self.noise = Tensor([settings.batch, model.parameters.noise])
        self.logitGradients = (0..<3).map { _ in Tensor([settings.batch, 1, 1, 1]) }
    }

    public var blocks: [BlockName] { held.names }
    public func exportBlocks(_ names: [BlockName]?) -> NamedTensors { held.export(names, optimizer: false) }
    public func exportState(_ names: [BlockName]?) -> NamedTensors { held.export(names, optimizer: true) }

    public func install(_ tensors: NamedTensors, _ names: [BlockName]?) throws {
        try held.install(tensors, names: names, optimizer: false)
        discard()
    }

    public func installState(_ tensors: NamedTensors, _ names: [BlockName]?) throws {
        try held.install(tensors, names: names, optimizer: true)
        discard()
    }

    /// Makes a half's staged gradients (one Adam update) and running values part of the state.
    ///
    /// Throws `TrainingError`, having changed nothing, unless that half is complete.
    public func commit(_ half: Half) throws {
        try stage.require(half.end, before: "commit of the \(half) half")
        switch half {
        case .discriminator:
            held.commit(.discriminator, settings)
            for pass in passes.trainingD { pass.commitRunning() }
            stage = .discriminatorCommitted
        case .generator:
            held.commit(.generator, settings)
            for pass in [passes.generatorHead, passes.generatorTail] + passes.judging { pass.commitRunning() }
            stage = .idle
        }
    }

    /// Drops everything staged; the next call must draw the half's activations again.
    public func discard() {
        held.discard()
        for pass in passes.all { pass.discard() }
        stage = .idle
    }
}

extension TrainingSettings {
    /// Throws `TrainingError` where batch norm would have one row.
    func check(batch: Int) throws {
        guard batch >= 2 else {
            throw TrainingError(action: "train", subject: "batch \(batch)", reason: "batch norm needs at least 2 samples")
        }
    }
}
