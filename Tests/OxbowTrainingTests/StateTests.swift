import OxbowModel
import OxbowTraining
import Testing

@Suite struct StateTests {
    @Test func aRestoredFleetGoesOnWithTheSameBits() throws {
        let original = try SmallFleet.make(SmallFleet.mixed)
        for step in 0..<2 { try original.step(round: 0, step: step) }
        let restored = try SmallFleet.make(SmallFleet.mixed, seed: 11)
        for (from, to) in zip(original.edges, restored.edges) { try to.installState(from.exportState()) }
        try restored.core.installState(original.core.exportState())
        #expect(restored.states == original.states)
        try original.step(round: 0, step: 2)
        try restored.step(round: 0, step: 2)
        #expect(restored.states == original.states)
    }

    @Test func installingBlocksKeepsAdam() throws {
        let fleet = try SmallFleet.make(SmallFleet.mixed)
        let initial = fleet.core.exportBlocks()
        try fleet.step(round: 0, step: 0)
        let trained = fleet.core.state
        try fleet.core.install(initial)
        #expect(fleet.core.exportBlocks() == initial)
        for tensor in trained where tensor.name.contains("adam") { #expect(fleet.core.state[tensor.name] == tensor) }
    }

    @Test func someBlocksCanBeInstalledAlone() throws {
        let fleet = try SmallFleet.make([Cuts.minimal])
        let initial = fleet.core.exportState()
        try fleet.step(round: 0, step: 0)
        let moved = BlockName(.generator, 1)
        #expect(fleet.core.exportBlocks([moved]).names.allSatisfy { $0.hasPrefix("g.1.") })
        try fleet.core.installState(initial, [moved])
        #expect(fleet.core.exportState([moved]) == NamedTensors(initial.filter { $0.name.hasPrefix("g.1.") }))
        #expect(fleet.core.state["g.2.adam_step"]?.values == [1])
    }

    @Test func aWrongStateIsRefusedAsAWhole() throws {
        let fleet = try SmallFleet.make([Cuts.minimal])
        let before = fleet.states
        let edge = fleet.edges[0]
        var wrong = edge.exportState().entries
        for index in wrong.indices { wrong[index].values = wrong[index].values.map { $0 + 1 } }
        let missing = NamedTensors(wrong.dropLast())
        #expect(throws: TrainingError.self) { try edge.installState(missing) }
        wrong[wrong.count - 2].shape.append(2)
        #expect(throws: TrainingError.self) { try edge.installState(NamedTensors(wrong)) }
        #expect(fleet.states == before)
    }

    @Test func aStateNamesEveryTensorInPyTorchsShapes() throws {
        let fleet = try SmallFleet.make([Cuts.minimal])
        let state = fleet.edges[0].state
        #expect(state["g.0.linear.weight"]?.shape == [8 * 16, 8])
        #expect(state["g.0.linear.weight.adam_v"]?.shape == [8 * 16, 8])
        #expect(state["d.0.embed.weight"]?.shape == [3, 256])
        #expect(state["g.0.bn.running_mean.adam_m"] == nil)
        #expect(state["d.4.adam_step"]?.values == [0])
        #expect(fleet.core.state["g.1.deconv.weight"]?.shape == [8, 4, 4, 4])
        #expect(fleet.edges[0].blocks.map(\.description) == ["g.0", "g.4", "d.0", "d.4"])
    }
}
