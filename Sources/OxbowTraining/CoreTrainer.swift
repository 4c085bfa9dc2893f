import OxbowKernels
import OxbowModel

/// The middle of G and D for all workers: one copy of its blocks, batch norm over all parts that pass through.
///
/// Arrays of parts go by rising slot of the members taking part. Tensors are float32, channels last; returned ones are
/// valid until the next call of the same method; received ones are kept, not copied, until the half is committed or
/// discarded. Not for concurrent use: it runs its own lanes.
public final class CoreTrainer: BlockOwner {
    /// A start key for an independent start that no worker's slot has.
    public static let independentStartKey = Int(UInt32.max) - 1

    public let model: ModelDescription
    public let settings: TrainingSettings
    /// All members, by rising slot.
    public internal(set) var members: [CoreMember]
    /// Indices of the members taking part.
    var active: [Int]

    let held: HeldBlocks
    let workspace: Workspace
    var generator: SegmentPass
    var fake: SegmentPass
    var real: SegmentPass
    var judged: SegmentPass
    var stage = Stage.idle
    var accumulator: SignalAccumulator?

    /// - Parameter startKey: nil for the common start; `independentStartKey` for an independent one.
    /// - Throws: `ModelError` for inadmissible cuts, `TrainingError` for no members, a slot used twice or a batch below
    ///   2, `KernelError`.
    public init(
        model: ModelDescription, members: [CoreMember], settings: TrainingSettings, startKey: Int? = nil
    ) throws {
        let parts = try CoreParts(members, model: model, settings: settings)
        let workspace = Workspace(lanes: settings.lanes, policy: settings.algorithms)
        let names = model.blockNames.filter { model[$0.network].middle.contains($0.index) }
        let held = try HeldBlocks(names, model: model, settings: settings, key: startKey, workspace: workspace)
        self.model = model
        self.settings = settings
        self.members = parts.members
        self.active = Array(parts.members.indices)
        self.held = held
        self.workspace = workspace
        self.generator = try SegmentPass(.generator, of: held, model, parts, workspace)
        self.fake = try SegmentPass(.discriminator, of: held, model, parts, workspace)
        self.real = try SegmentPass(.discriminator, of: held, model, parts, workspace)
        self.judged = try SegmentPass(.discriminator, of: held, model, parts, workspace)
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

    /// Makes a half's staged gradients (one Adam update), running values and signal part of the state.
    ///
    /// Throws `TrainingError`, having changed nothing, unless that half is complete.
    public func commit(_ half: Half) throws {
        try stage.require(half.end, before: "commit of the \(half) half")
        switch half {
        case .discriminator:
            held.commit(.discriminator, settings)
            fake.commitRunning()
            real.commitRunning()
            accumulator?.commit()
            stage = .discriminatorCommitted
        case .generator:
            held.commit(.generator, settings)
            generator.commitRunning()
            judged.commitRunning()
            stage = .idle
        }
    }

    /// Drops everything staged; the next call must be `generatorActivations`.
    public func discard() {
        held.discard()
        for pass in passes { pass.discard() }
        accumulator?.discard()
        stage = .idle
    }

    var passes: [SegmentPass] { [generator, fake, real, judged] }
}
