import OxbowFleet
import OxbowProtocol
import Testing

@testable import OxbowReplay

@Suite struct ComputedBodiesTests {
    private func key(_ slot: UInt32) -> ExchangeKey {
        ExchangeKey(term: 1, round: 1, step: 0, exchange: .generatorActivations, direction: .up, slot: slot)
    }

    private func body(_ count: Int) -> HeapBody { HeapBody([UInt8](repeating: 1, count: count)) }

    /// Bytes that were replaced, passed on or given up are not held any more.
    @Test func heldBytesAreThoseThatWait() {
        var bodies = ComputedBodies()
        bodies.add(key(0), body(10))
        bodies.add(key(1), body(20))
        bodies.add(key(1), body(5))
        #expect(bodies.heldBytes == 15)
        #expect(bodies.pass(key(0))?.byteCount == 10 && bodies.pass(key(0)) == nil && bodies.pass(key(2)) == nil)
        #expect(bodies.heldBytes == 5)
        bodies.add(key(0), body(7))
        #expect(bodies.heldBytes == 12)
        for step in UInt32(0)..<4 {
            let half = HalfStep(round: 1, step: step, half: .discriminator)
            bodies.ordered(StepControl(term: 1, members: [0], commit: .nothing, next: .half(half, regenerate: false)))
        }
        #expect(bodies.heldBytes == 0)
    }
}
