import OxbowModel
import OxbowScheduling
import Testing

@testable import OxbowProbe

@Suite struct SpeedProbeTests {
    /// Seconds that follow from two speeds give these speeds back, for any model.
    @Test(arguments: [0.125, 1.0]) func bothSpeedsFollowFromTheLeastAndTheMost(width: Double) throws {
        let model = try ModelDescription(ModelParameters(width: width))
        let flop = StepFlop(model, batch: 32)
        func timed(_ cuts: Cuts) -> TimedWork {
            let work = flop.edge(cuts: cuts)
            return TimedWork(work: work, seconds: work.seconds(gflops: 50, outerGflops: 8))
        }
        let speed = KernelSpeed(width: width, least: timed(.minimal), most: timed(model.maximalCuts))
        #expect(abs(speed.gflops / 50 - 1) < 1e-9 && abs(speed.outerGflops / 8 - 1) < 1e-9)
    }

    /// The real arithmetic under a clock that only its readings advance: three seconds a step, whatever it computes.
    @Test func countsTheFlopOfWhatItRuns() throws {
        var now = 0.0
        let clock = {
            now += 3
            return now
        }
        let speeds = try SpeedProbe.measure(.core(lanes: 2), widths: [0.03125], batch: 2, clock: clock)
        let model = try ModelDescription(ModelParameters(width: 0.03125))
        let work = StepFlop(model, batch: 2).core(cuts: .minimal)
        #expect(work.outer == 0)
        #expect(speeds == [KernelSpeed(width: 0.03125, gflops: 2 * work.moving / 3, outerGflops: 2 * work.moving / 3)])
    }

    @Test func anEdgeIsMeasuredAtEachWidth() throws {
        let speeds = try SpeedProbe.measure(.edge, widths: [0.03125, 0.0625], batch: 2)
        #expect(speeds.map(\.width) == [0.03125, 0.0625])
        #expect(speeds.allSatisfy { $0.gflops > 0 && $0.outerGflops > 0 })
    }

    @Test func aDisturbedMachineStillHasASpeed() {
        let least = TimedWork(work: Gflop(outer: 1), seconds: 2)
        let most = TimedWork(work: Gflop(moving: 10, outer: 1), seconds: 1.9)
        let speed = KernelSpeed(width: 1, least: least, most: most)
        #expect(speed.gflops.isFinite && speed.gflops > 0 && speed.outerGflops == 0.5)
    }
}
