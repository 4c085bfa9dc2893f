import OxbowKernels
import OxbowModel

/// The blocks of which one member has its own copy.
final class HeldBlocks {
    let states: [BlockState]

    /// Draws the initial state of every block by `key` (see `InitialState`).
    init(_ names: [BlockName], model: ModelDescription, settings: TrainingSettings, key: Int?, workspace: Workspace) throws {
        states = try names.sorted().map { name in
            let state = try workspace.state(model[name], batch: settings.batch)
            let drawn = InitialState.draw(model[name], seed: settings.seed, key: key)
            state.install(NamedTensors(drawn), optimizer: false)
            return state
        }
    }

    var names: [BlockName] { states.map(\.description.name) }

    subscript(network: Network, range: Range<Int>) -> [BlockState] {
        states.filter { $0.description.name.network == network && range.contains($0.index) }
    }

    func export(_ names: [BlockName]?, optimizer: Bool) -> NamedTensors {
        NamedTensors(selected(names).flatMap { $0.values + (optimizer ? $0.optimizerState : []) })
    }

    /// Checks everything, then overwrites; throws without having changed anything.
    func install(_ tensors: NamedTensors, names: [BlockName]?, optimizer: Bool) throws {
        let blocks = selected(names)
        for block in blocks { try block.check(tensors, optimizer: optimizer) }
        for block in blocks { block.install(tensors, optimizer: optimizer) }
    }

    func commit(_ network: Network, _ settings: TrainingSettings) {
        for state in states where state.description.name.network == network { state.commit(settings) }
    }

    func discard() {
        for state in states { state.discard() }
    }

    private func selected(_ names: [BlockName]?) -> [BlockState] {
        guard let names else { return states }
        return states.filter { names.contains($0.description.name) }
    }
}

extension ModelDescription {
    /// Blocks of which a worker with these cuts has its own copy, G first; throws `ModelError` for inadmissible cuts.
    public func blocks(heldBy cuts: Cuts) throws -> [BlockName] {
        let segments = try segments(for: cuts)
        return blockNames.filter { segments.holds($0.network, $0.index) }
    }
}

/// A member that trains copies of blocks: their tensors by name, in PyTorch's layouts.
public protocol BlockOwner: AnyObject {
    /// Blocks of which this member has its own copy, G first.
    var blocks: [BlockName] { get }
    /// Parameters and running values of some of its blocks; of all when nil.
    func exportBlocks(_ names: [BlockName]?) -> NamedTensors
    /// Overwrites parameters and running values of some of its blocks (all when nil); Adam's state stays.
    ///
    /// Drops what is staged. Other tensors are ignored. Throws `TrainingError`, having changed nothing, if a tensor is
    /// missing or has another shape.
    func install(_ tensors: NamedTensors, _ names: [BlockName]?) throws
    /// `exportBlocks` with Adam's moments (`g.1.deconv.weight.adam_m`, `.adam_v`) and counts (`g.1.adam_step`).
    func exportState(_ names: [BlockName]?) -> NamedTensors
    /// `install` with Adam's moments and counts.
    func installState(_ tensors: NamedTensors, _ names: [BlockName]?) throws
}

extension BlockOwner {
    public func exportBlocks() -> NamedTensors { exportBlocks(nil) }
    public func exportState() -> NamedTensors { exportState(nil) }
    public func install(_ tensors: NamedTensors) throws { try install(tensors, nil) }
    public func installState(_ tensors: NamedTensors) throws { try installState(tensors, nil) }
    /// All that a barrier saves.
    public var state: SegmentState { exportState(nil) }
}
