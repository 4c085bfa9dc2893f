import OxbowKernels
import OxbowModel

/// A worker as the core sees it.
public struct CoreMember: Hashable, Sendable {
    public var slot: Int
    public var cuts: Cuts
    /// Samples in a step.
    public var batch: Int

    public init(slot: Int, cuts: Cuts, batch: Int) {
        self.slot = slot
        self.cuts = cuts
        self.batch = batch
    }
}

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
    public let members: [CoreMember]
    /// Indices of the members taking part.
    private(set) var active: [Int]

    let held: HeldBlocks
    let generator: SegmentPass
    let fake: SegmentPass
    let real: SegmentPass
    let judged: SegmentPass
    var stage = Stage.idle
    var accumulator: SignalAccumulator?

    /// - Parameter startKey: nil for the common start; `independentStartKey` for an independent one.
    /// - Throws: `ModelError` for inadmissible cuts, `TrainingError` for no members, a slot used twice or a batch below
    ///   2, `KernelError`.
    public init(
        model: ModelDescription, members: [CoreMember], settings: TrainingSettings, startKey: Int? = nil
    ) throws {
        let members = members.sorted { $0.slot < $1.slot }
        guard !members.isEmpty, Set(members.map(\.slot)).count == members.count else {
            throw TrainingError(
                action: "train", subject: "slots \(members.map(\.slot))", reason: "there must be some, each only once")
        }
        for member in members { try settings.check(batch: member.batch) }
        let segments = try members.map { try model.segments(for: $0.cuts) }
        let workspace = Workspace(lanes: settings.lanes, policy: settings.algorithms)
        let names = model.blockNames.filter { model[$0.network].middle.contains($0.index) }
        let held = try HeldBlocks(names, model: model, settings: settings, key: startKey, workspace: workspace)
        func pass(_ network: Network) throws -> SegmentPass {
            let parts = zip(members, segments).map { member, segments in
                Part(slot: member.slot, batch: member.batch, blocks: segments[network].core)
            }
            return try SegmentPass(held[network, model[network].middle], parts: parts, workspace: workspace)
        }
        self.model = model
        self.settings = settings
        self.members = members
        self.active = Array(members.indices)
        self.held = held
        self.generator = try pass(.generator)
        self.fake = try pass(.discriminator)
        self.real = try pass(.discriminator)
        self.judged = try pass(.discriminator)
    }

    public var blocks: [BlockName] { held.names }
    /// Slots taking part, rising.
    public var activeSlots: [Int] { active.map { members[$0].slot } }
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

    /// Which members take part from now on. Drops everything staged.
    ///
    /// Throws `TrainingError` for an unknown slot or none at all.
    public func setMembers(_ slots: [Int]) throws {
        let chosen = members.indices.filter { slots.contains(members[$0].slot) }
        guard !chosen.isEmpty, chosen.count == Set(slots).count else {
            throw TrainingError(
                action: "train", subject: "slots \(slots)", reason: "members are \(members.map(\.slot)); choose at least one")
        }
        discard()
        active = chosen
        for pass in passes { pass.active = chosen }
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

    private var passes: [SegmentPass] { [generator, fake, real, judged] }
}
