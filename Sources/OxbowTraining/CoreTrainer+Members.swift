import OxbowModel

extension CoreTrainer {
    /// Slots taking part, rising.
    public var activeSlots: [Int] { active.map { members[$0].slot } }

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

    /// Serves these members from now on, all of them taking part: other ones than so far, or the same with other cuts.
    ///
    /// Blocks, their Adam states and the signal stay; everything staged is dropped. Throws as `init` does; of no use any
    /// more after a `KernelError`, unchanged after any other.
    public func serve(_ members: [CoreMember]) throws {
        let parts = try CoreParts(members, model: model, settings: settings)
        guard parts.members != self.members else { return try setMembers(members.map(\.slot)) }
        discard()
        // Each replaces its predecessor before the next is made, so that only one of them is in memory twice.
        generator = try SegmentPass(.generator, of: held, model, parts, workspace)
        fake = try SegmentPass(.discriminator, of: held, model, parts, workspace)
        real = try SegmentPass(.discriminator, of: held, model, parts, workspace)
        judged = try SegmentPass(.discriminator, of: held, model, parts, workspace)
        self.members = parts.members
        active = Array(parts.members.indices)
    }
}

extension SegmentPass {
    /// The middle of a network, for all members of a core.
    convenience init(
        _ network: Network, of held: HeldBlocks, _ model: ModelDescription, _ parts: CoreParts, _ workspace: Workspace
    ) throws {
        try self.init(held[network, model[network].middle], parts: parts[network], workspace: workspace)
    }
}
