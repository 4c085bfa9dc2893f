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

/// The core's members by rising slot, and the part that each has in both networks.
struct CoreParts {
    let members: [CoreMember]
    private let segments: [Segments]

    /// - Throws: `ModelError` for inadmissible cuts, `TrainingError` for no members, a slot used twice or a batch below 2.
    init(_ members: [CoreMember], model: ModelDescription, settings: TrainingSettings) throws {
        let members = members.sorted { $0.slot < $1.slot }
        guard !members.isEmpty, Set(members.map(\.slot)).count == members.count else {
            throw TrainingError(
                action: "train", subject: "slots \(members.map(\.slot))", reason: "there must be some, each only once")
        }
        for member in members { try settings.check(batch: member.batch) }
        self.members = members
        self.segments = try members.map { try model.segments(for: $0.cuts) }
    }

    /// By rising slot.
    subscript(network: Network) -> [Part] {
        zip(members, segments).map { member, segments in
            Part(slot: member.slot, batch: member.batch, blocks: segments[network].core)
        }
    }
}
