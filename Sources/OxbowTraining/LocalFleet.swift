import OxbowKernels
import OxbowModel

/// A whole fleet in one process, without messages: calls edges and core in the order of a step's exchanges.
public final class LocalFleet {
    /// By rising slot.
    public let edges: [EdgeTrainer]
    public let core: CoreTrainer

    /// - Throws: `TrainingError` unless the edges are the core's members, in order.
    public init(edges: [EdgeTrainer], core: CoreTrainer) throws {
        let members = edges.map { CoreMember(slot: $0.slot, cuts: $0.cuts, batch: $0.settings.batch) }
        guard members == core.members else {
            throw TrainingError(
                action: "train", subject: "slots \(members.map(\.slot))",
                reason: "the core has \(core.members.map(\.slot)), or other cuts or batches")
        }
        self.edges = edges
        self.core = core
    }

    /// Both halves of a step, each committed.
    public func step(round: Int, step: Int) throws {
        try discriminatorHalf(round: round, step: step)
        try commit(.discriminator)
        try generatorHalf()
        try commit(.generator)
    }

    /// Exchanges 1 to 3; nothing is committed.
    public func discriminatorHalf(round: Int, step: Int) throws {
        try discriminatorHalf(round: round, step: step) {}
    }

    /// `inspect` runs before the backward pass overwrites activations.
    func discriminatorHalf(round: Int, step: Int, inspect: () throws -> Void) throws {
        let heads = try edges.map { try $0.generatorHead(round: round, step: step) }
        let images = try core.generatorActivations(heads)
        let judged = try core.discriminatorActivations(try each(images) { try $0.discriminatorHeads($1) })
        try inspect()
        let gradients = try core.discriminatorGradients(try each(judged) { try $0.discriminatorTails($1) })
        _ = try each(gradients) { try $0.discriminatorHeadsBackward($1) }
    }

    /// Exchanges 4 to 6; nothing is committed.
    public func generatorHalf() throws {
        let judged = try core.generatorPassActivations(try edges.map { try $0.generatorPassHead() })
        let images = try core.generatorPassGradients(try each(judged) { try $0.generatorPassTail($1) })
        let gradients = try core.generatorGradients(try each(images) { try $0.generatorTailBackward($1) })
        _ = try each(gradients) { try $0.generatorHeadBackward($1) }
    }

    /// Exchange 1 again, before a repeated generator half.
    public func regenerate(round: Int, step: Int) throws {
        let heads = try edges.map { try $0.regenerate(round: round, step: step) }
        _ = try each(try core.generatorActivations(heads)) { try $0.regeneratedImages($1) }
    }

    public func commit(_ half: Half) throws {
        for edge in edges { try edge.commit(half) }
        try core.commit(half)
    }

    public func discard() {
        for edge in edges { edge.discard() }
        core.discard()
    }

    private func each<Answer>(
        _ parts: [[Tensor]], _ body: (EdgeTrainer, [Tensor]) throws -> Answer
    ) rethrows -> [Answer] {
        try zip(edges, parts).map { try body($0, $1) }
    }
}
