import OxbowModel
import OxbowTraining
import Testing

@Suite struct CutTests {
    @Test func anyCutsGiveASingleWorkerTheSameBits() throws {
        let model = try SmallFleet.model()
        var first: NamedTensors?
        #expect(model.admissibleCuts.count == 16)
        for cuts in model.admissibleCuts {
            let fleet = try SmallFleet.make([cuts], model: model)
            for step in 0..<3 { try fleet.step(round: 0, step: step) }
            let trained = fleet.effective()
            #expect(trained.count == model.blockNames.flatMap { model[$0].tensors }.count)
            for tensor in first ?? trained { #expect(trained[tensor.name] == tensor, "\(cuts.values) \(tensor.name)") }
            first = first ?? trained
        }
    }

    @Test func theInitialStateDoesNotDependOnCuts() throws {
        let model = try SmallFleet.model()
        let drawn = InitialState.draw(model, seed: 11, key: nil)
        for cuts in [Cuts.minimal, model.maximalCuts] {
            let fleet = try SmallFleet.make([cuts], model: model)
            for tensor in fleet.effective() { #expect(drawn[tensor.name] == tensor) }
        }
    }

    @Test func independentStartsDifferAndCommonOnesDoNot() throws {
        let model = try SmallFleet.model()
        let name = "g.0.linear.weight"
        let common = InitialState.draw(model, seed: 1, key: nil)[name]
        #expect(common == InitialState.draw(model, seed: 1, key: nil)[name])
        #expect(common != InitialState.draw(model, seed: 2, key: nil)[name])
        #expect(common != InitialState.draw(model, seed: 1, key: 0)[name])
        #expect(InitialState.draw(model, seed: 1, key: 1)[name] != InitialState.draw(model, seed: 1, key: 0)[name])
    }

    @Test func aFleetWithoutAMemberIsTheFleetOfTheOthers() throws {
        let model = try SmallFleet.model()
        let all = try SmallFleet.make(SmallFleet.mixed, model: model)
        let two = try SmallFleet.make(Array(SmallFleet.mixed.prefix(2)), model: model)
        try all.core.setMembers([1, 0])
        let members = try LocalFleetOfSome(all, count: 2)
        try members.step(0)
        try two.step(round: 0, step: 0)
        #expect(all.core.activeSlots == [0, 1])
        #expect(all.core.state == two.core.state)
        #expect(all.edges[1].state == two.edges[1].state)
        #expect(throws: TrainingError.self) { try all.core.setMembers([]) }
        #expect(throws: TrainingError.self) { try all.core.setMembers([0, 9]) }
    }
}

/// The first members of a fleet, with its core.
private struct LocalFleetOfSome {
    let edges: ArraySlice<EdgeTrainer>
    let core: CoreTrainer

    init(_ fleet: LocalFleet, count: Int) throws {
        edges = fleet.edges.prefix(count)
        core = fleet.core
    }

    func step(_ step: Int) throws {
        let images = try core.generatorActivations(try edges.map { try $0.generatorHead(round: 0, step: step) })
        let judged = try core.discriminatorActivations(try zip(edges, images).map { try $0.discriminatorHeads($1) })
        let gradients = try core.discriminatorGradients(try zip(edges, judged).map { try $0.discriminatorTails($1) })
        try zip(edges, gradients).forEach { try $0.discriminatorHeadsBackward($1) }
        for edge in edges { try edge.commit(.discriminator) }
        try core.commit(.discriminator)
        let again = try core.generatorPassActivations(try edges.map { try $0.generatorPassHead() })
        let back = try core.generatorPassGradients(try zip(edges, again).map { try $0.generatorPassTail($1) })
        let last = try core.generatorGradients(try zip(edges, back).map { try $0.generatorTailBackward($1) })
        try zip(edges, last).forEach { try $0.generatorHeadBackward($1) }
        for edge in edges { try edge.commit(.generator) }
        try core.commit(.generator)
    }
}
