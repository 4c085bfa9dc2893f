import OxbowModel
import OxbowTraining
import Testing

@Suite struct LaneTests {
    @Test(arguments: [2, 3, 8]) func bitsDoNotDependOnLanes(_ lanes: Int) throws {
        let batches = [4, 6, 4, 5]
        let one = try SmallFleet.make(SmallFleet.mixed, batches: batches)
        let many = try SmallFleet.make(SmallFleet.mixed, batches: batches, lanes: lanes)
        for step in 0..<3 {
            try one.step(round: 0, step: step)
            try many.step(round: 0, step: step)
        }
        #expect(one.states == many.states)
        #expect(one.edges.map(\.losses.generator) == many.edges.map(\.losses.generator))
    }
}
