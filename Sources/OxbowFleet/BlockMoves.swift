import OxbowModel
import OxbowTraining

/// Which blocks one member holds before and after a barrier, and whose Adam states travel.
///
/// Member and core derive the same from the same cuts: it is what each expects of the other's message.
struct BlockMoves {
    /// Contributed, by the cuts so far; none of a newcomer.
    let before: [BlockName]
    /// Answered, by the cuts from now on.
    let after: [BlockName]
    /// Blocks of which the member keeps its Adam state.
    let kept: [BlockName]
    /// Blocks of which the member's Adam state goes to the core.
    let givenUp: [BlockName]
    /// Blocks of which a copy of the core's Adam state goes to the member.
    let takenOver: [BlockName]
    /// Blocks of G that the member leaves to the core, and is shown to score its effective generator.
    let shown: [BlockName]

    /// - Parameters:
    ///   - current: the cuts so far; nil if they are not known: the member must be a newcomer then.
    ///   - amended: the cuts from now on; nil if the barrier changes none, and no Adam state moves.
    ///   - contributes: false for a newcomer.
    ///   - scored: whether the member scores its effective generator after the barrier.
    /// - Throws: `ModelError` for inadmissible cuts.
    init(_ model: ModelDescription, current: Cuts?, amended: Cuts?, contributes: Bool, scored: Bool) throws {
        let held = try current.map(model.blocks(heldBy:)) ?? []
        before = contributes ? held : []
        guard let amended else {
            (after, kept, givenUp, takenOver) = (held, held, [], [])
            shown = scored ? model.generatorBlocks(without: held) : []
            return
        }
        let (before, after) = (before, try model.blocks(heldBy: amended))
        self.after = after
        kept = after.filter(before.contains)
        givenUp = before.filter { !after.contains($0) }
        // The core has none of the outermost blocks: a newcomer's Adam starts afresh there.
        takenOver = after.filter { !before.contains($0) && model[$0.network].middle.contains($0.index) }
        shown = scored ? model.generatorBlocks(without: after) : []
    }
}

extension ModelDescription {
    fileprivate func generatorBlocks(without held: [BlockName]) -> [BlockName] {
        generator.blocks.map(\.name).filter { !held.contains($0) }
    }
}

extension NamedTensors {
    /// A member's state after a barrier: values from `answer`; Adam's state from there where the block was taken over, from
    /// `own` where it is kept, else fresh.
    init(after moves: BlockMoves, own: SegmentState, answer: NamedTensors, _ model: ModelDescription) {
        let blocks = moves.after.map { block -> [NamedTensor] in
            let description = model[block]
            let values = answer.values(of: description)
            if moves.takenOver.contains(block) { return values + answer.optimizerState(of: description) }
            if moves.kept.contains(block) { return values + own.optimizerState(of: description) }
            return values + description.freshOptimizerState
        }
        self.init(blocks.joined())
    }

    /// Parameters and running values of a block, as far as they are here.
    func values(of block: BlockDescription) -> [NamedTensor] { block.valueShapes.compactMap { self[$0.name] } }

    /// Adam's state of a block, as far as it is here.
    func optimizerState(of block: BlockDescription) -> [NamedTensor] {
        block.optimizerShapes.compactMap { self[$0.name] }
    }
}
