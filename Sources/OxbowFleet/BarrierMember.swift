import OxbowModel
import OxbowProtocol
import OxbowTraining

/// What one member brings to a barrier in the core, and what it holds afterwards.
struct BarrierMember {
    let slot: UInt32
    /// Training images, as the plan so far has them.
    let samples: Int
    let moves: BlockMoves
    /// Values and Adam states of `moves`; nothing of a newcomer.
    let received: NamedTensors

    /// - Parameters:
    ///   - current: its assignment so far; a member without one is a newcomer.
    ///   - amended: its assignment from now on; nil: as before.
    ///   - scored: whether it scores its effective generator afterwards.
    /// - Throws: unless the body holds exactly what the cuts ask for, in admissible numbers, or nothing at all.
    init(
        slot: UInt32, current: Assignment?, amended: Assignment?, scored: Bool, model: ModelDescription,
        body: any BodyStorage, bodies: TensorBodies
    ) throws {
        func moves(contributes: Bool) throws -> BlockMoves {
            try BlockMoves(model, current: current?.cuts, amended: amended?.cuts, contributes: contributes, scored: scored)
        }
        let expected = try moves(contributes: true)
        let received = try bodies.blocks(
            of: body, model, values: expected.before, optimizer: expected.givenUp, orEmpty: true, from: "worker-\(slot)")
        self.slot = slot
        self.samples = Int(clamping: current?.samples ?? 0)
        self.received = received
        self.moves = received.count > 0 ? expected : try moves(contributes: false)
    }

    var contributes: Bool { received.count > 0 }

    /// The values that it contributes, by name.
    func values(_ model: ModelDescription) -> [String: [Float]] {
        let tensors = moves.before.flatMap { received.values(of: model[$0]) }
        return Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.values) })
    }
}
