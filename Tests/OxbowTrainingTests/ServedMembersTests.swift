import OxbowModel
import OxbowTraining
import Testing

/// A core that serves other members is the core that was made for them, with the blocks it had.
@Suite struct ServedMembersTests {
    private func members(_ cuts: [Cuts]) -> [CoreMember] {
        cuts.indices.map { CoreMember(slot: $0, cuts: cuts[$0], batch: 4) }
    }

    /// Fleets of these cuts, of two steps of other ones; `serving` keeps the core that made them.
    private func fleet(_ cuts: [Cuts], lanes: Int = 1, serving: Bool) throws -> LocalFleet {
        let trained = try SmallFleet.make(SmallFleet.mixed, lanes: lanes)
        for step in 0..<2 { try trained.step(round: 0, step: step) }
        let next = try SmallFleet.make(cuts, lanes: lanes)
        guard serving else {
            try next.core.installState(trained.core.state)
            return next
        }
        try trained.core.serve(members(cuts))
        return try LocalFleet(edges: next.edges, core: trained.core)
    }

    @Test(arguments: [1, 2]) func itsBitsAreThoseOfANewCore(lanes: Int) throws {
        for cuts in [Array(SmallFleet.mixed.reversed()), Array(SmallFleet.mixed.prefix(2)), SmallFleet.mixed] {
            let fleets = try [true, false].map { try fleet(cuts, lanes: lanes, serving: $0) }
            #expect(fleets[0].core.state == fleets[1].core.state)
            for fleet in fleets { for step in 0..<2 { try fleet.step(round: 1, step: step) } }
            #expect(fleets[0].states == fleets[1].states)
            #expect(fleets[0].core.activeSlots == Array(cuts.indices))
        }
    }

    @Test func allOfThemTakePart() throws {
        let core = try SmallFleet.make(SmallFleet.mixed).core
        try core.setMembers([1, 2])
        try core.serve(core.members)
        #expect(core.activeSlots == [0, 1, 2, 3])
    }

    @Test func whatIsStagedIsDropped() throws {
        let fleet = try SmallFleet.make(SmallFleet.mixed)
        try fleet.discriminatorHalf(round: 0, step: 0)
        let before = fleet.core.state
        try fleet.core.serve(members([.minimal]))
        #expect(throws: TrainingError.self) { try fleet.core.commit(.discriminator) }
        #expect(fleet.core.state == before)
    }

    @Test func wrongMembersAreRefused() throws {
        let core = try SmallFleet.make(SmallFleet.mixed).core
        let before = core.members
        #expect(throws: TrainingError.self) { try core.serve([]) }
        #expect(throws: TrainingError.self) { try core.serve([before[0], before[0]]) }
        let cuts = Cuts(generatorHead: 0, generatorTail: 0, discriminatorHead: 0, discriminatorTail: 3)
        #expect(throws: ModelError.self) { try core.serve(members([cuts])) }
        #expect(core.members == before && core.activeSlots.count == 4)
    }

    @Test func impossibleAdamStatesAreRefused() throws {
        let core = try SmallFleet.make([Cuts.minimal]).core
        let breaks: [(String, Float)] = [
            ("g.2.deconv.weight.adam_v", -1), ("g.2.adam_step", 1.5), ("g.2.adam_step", -1),
        ]
        for (name, value) in breaks {
            var state = core.state
            guard var tensor = state[name] else { continue }
            tensor.values[0] = value
            state.append(tensor)
            let error = #expect(throws: TrainingError.self) { try core.installState(state) }
            #expect(error?.subject == name)
        }
    }
}
