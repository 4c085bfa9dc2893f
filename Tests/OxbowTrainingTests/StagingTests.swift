import OxbowModel
import OxbowTraining
import Testing

@Suite struct StagingTests {
    @Test func aDiscardedHalfLeavesEveryBit() throws {
        let fleet = try SmallFleet.make(SmallFleet.mixed)
        try fleet.step(round: 0, step: 0)
        let before = fleet.states
        try fleet.discriminatorHalf(round: 0, step: 1)
        #expect(fleet.states == before)
        fleet.discard()
        #expect(fleet.states == before)
        try fleet.discriminatorHalf(round: 0, step: 1)
        try fleet.commit(.discriminator)
        let between = fleet.states
        #expect(between != before)
        try fleet.generatorHalf()
        #expect(fleet.states == between)
        fleet.discard()
        #expect(fleet.states == between)
    }

    @Test func repeatedHalvesGiveTheBitsOfAnUndisturbedStep() throws {
        let undisturbed = try SmallFleet.make(SmallFleet.mixed)
        let disturbed = try SmallFleet.make(SmallFleet.mixed)
        for step in 0..<2 {
            try undisturbed.step(round: 0, step: step)
            try disturbed.discriminatorHalf(round: 0, step: step)
            disturbed.discard()
            try disturbed.discriminatorHalf(round: 0, step: step)
            try disturbed.commit(.discriminator)
            try disturbed.generatorHalf()
            disturbed.discard()
            try disturbed.regenerate(round: 0, step: step)
            try disturbed.generatorHalf()
            try disturbed.commit(.generator)
        }
        #expect(disturbed.states == undisturbed.states)
    }

    @Test func aDiscriminatorHalfChangesOnlyD() throws {
        let fleet = try SmallFleet.make(SmallFleet.mixed)
        let before = fleet.effective()
        try fleet.discriminatorHalf(round: 0, step: 0)
        try fleet.commit(.discriminator)
        let between = fleet.effective()
        for tensor in before where tensor.name.hasPrefix("g.") { #expect(between[tensor.name] == tensor) }
        #expect(before["d.0.bn.running_mean"] != between["d.0.bn.running_mean"])
        try fleet.generatorHalf()
        try fleet.commit(.generator)
        let after = fleet.effective()
        for tensor in between where tensor.name.hasPrefix("d.") {
            // D's running values move in all three passes, its parameters only in its own half.
            #expect((after[tensor.name] == tensor) == !tensor.name.contains("running"), "\(tensor.name)")
        }
        #expect(after["g.2.deconv.weight"] != between["g.2.deconv.weight"])
    }

    @Test func biasesInFrontOfABatchNormStay() throws {
        let fleet = try SmallFleet.make(SmallFleet.mixed)
        let before = fleet.effective()
        try fleet.step(round: 0, step: 0)
        let after = fleet.effective()
        for name in ["g.0.linear.bias", "g.2.deconv.bias", "d.0.conv.bias", "d.3.conv.bias"] {
            #expect(before[name] == after[name])
        }
        for name in ["g.4.deconv.bias", "d.4.linear.bias"] { #expect(before[name] != after[name]) }
    }

    @Test func anIncompleteHalfIsNotCommitted() throws {
        let fleet = try SmallFleet.make(SmallFleet.mixed)
        let before = fleet.states
        #expect(throws: TrainingError.self) { try fleet.core.commit(.discriminator) }
        #expect(throws: TrainingError.self) { try fleet.edges[0].commit(.generator) }
        try fleet.discriminatorHalf(round: 0, step: 0)
        #expect(throws: TrainingError.self) { try fleet.core.commit(.generator) }
        #expect(throws: TrainingError.self) { try fleet.edges[0].generatorPassHead() }
        #expect(fleet.states == before)
        try fleet.commit(.discriminator)
        #expect(throws: TrainingError.self) { try fleet.core.commit(.discriminator) }
    }

    @Test func theSignalCountsCommittedStepsOnly() throws {
        let fleet = try SmallFleet.make(SmallFleet.mixed)
        #expect(fleet.core.signal.isEmpty)
        fleet.core.beginSignal()
        try fleet.discriminatorHalf(round: 0, step: 0)
        #expect(fleet.core.signal.isEmpty)
        fleet.discard()
        try fleet.step(round: 0, step: 0)
        let first = fleet.core.signal
        let shape = fleet.core.model[fleet.core.model.signalBlock].output
        #expect(first.count == 4 && first.values.allSatisfy { $0.count == shape.count })
        try fleet.step(round: 0, step: 1)
        let both = fleet.core.signal
        fleet.core.beginSignal()
        try fleet.step(round: 0, step: 1)
        #expect(both[0] != first[0])
        #expect(fleet.core.signal[0] != both[0])
    }
}
