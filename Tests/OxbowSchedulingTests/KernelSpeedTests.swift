import OxbowModel
import OxbowScheduling
import Testing

@Suite struct KernelSpeedTests {
    private let speeds = [
        KernelSpeed(width: 1, gflops: 80, outerGflops: 10), KernelSpeed(width: 0.25, gflops: 40, outerGflops: 6),
    ]

    @Test func betweenMeasuredWidthsASpeedLiesBetweenTheirs() throws {
        // Half way from 0.25 to 1 is 0.5.
        let speed = try #require(speeds.speed(at: 0.5))
        #expect(abs(speed.gflops - 60) < 1e-9 && abs(speed.outerGflops - 8) < 1e-9 && speed.width == 0.5)
    }

    @Test func beyondThemItIsTheNearest() {
        #expect(speeds.speed(at: 0.1) == KernelSpeed(width: 0.1, gflops: 40, outerGflops: 6))
        #expect(speeds.speed(at: 2) == KernelSpeed(width: 2, gflops: 80, outerGflops: 10))
        #expect(speeds.speed(at: 0.25) == speeds[1] && speeds.speed(at: 1) == speeds[0])
        #expect([KernelSpeed]().speed(at: 1) == nil)
    }

    @Test func everyKnownDeviceHasAName() {
        #expect(Set(DeviceProfile.known.map(\.name)).count == DeviceProfile.known.count)
        #expect(DeviceProfile.named("device7")?.device == PublishedFleet.devices[6])
        #expect(DeviceProfile.named("pi4")?.speeds.speed(at: 0.3)?.gflops == DeviceProfile.named("pi4")?.device.gflops)
    }
}

@Suite struct StepFlopTests {
    /// The pieces that a worker performs one by one are what the cost model has for its step.
    @Test(arguments: [0.125, 1.0]) func thePiecesOfAStepAreTheCostModels(width: Double) throws {
        let model = try ModelDescription(ModelParameters(width: width))
        let flop = StepFlop(model, batch: 16)
        for cuts in model.admissibleCuts {
            // A fast link, and speeds that tell the two kinds of blocks apart.
            let device = Device(gflops: 3, outerGflops: 0.7, bytesPerSecond: 1e30)
            let request = PlanningRequest(
                model: model, workers: [Candidate(id: "w", tier: "t", device: device)],
                core: CoreDevice(gflops: 5, bytesPerSecond: 1e30), batch: 16, stepsPerRound: 1)
            let times = try PhysicalCostModel().times(of: [cuts], for: request)
            let usual = EdgePart.allCases.filter { $0 != .regeneratedImages }
            let pieces = usual.reduce(Gflop()) { $0 + flop.edge($1, cuts: cuts) }
            let modelled = times.parts[0].values.reduce(0) { $0 + $1.computing }
            #expect(abs(pieces.seconds(gflops: 3, outerGflops: 0.7) / modelled - 1) < 1e-12)
            let whole = flop.edge(cuts: cuts)
            #expect(abs(whole.moving - pieces.moving) < 1e-9 && abs(whole.outer / pieces.outer - 1) < 1e-12)
            #expect((whole.moving > 0) == (cuts != .minimal))
            for exchange in ModelDescription.exchanges {
                let seconds = flop.core(exchange, cuts: cuts).seconds(gflops: 5, outerGflops: .infinity)
                #expect(abs(seconds - times.core[exchange, default: 0]) <= 1e-12 * seconds)
            }
        }
    }

    /// The modelled times of workers and core make up the step.
    @Test func timesOfWorkersAndCoreMakeUpTheStep() throws {
        for seed: UInt64 in 1...100 {
            let request = RandomFleet.request(seed: seed, workers: 1...6)
            let cuts = request.workers.indices.map { request.model.admissibleCuts[(Int(seed) + 5 * $0) % 16] }
            let times = try PhysicalCostModel().times(of: cuts, for: request)
            let exchanges = ModelDescription.exchanges.reduce(0.0) { total, exchange in
                total + times.workers.map { $0[exchange] ?? .nan }.max()! + times.core[exchange, default: 0]
            }
            #expect(abs((exchanges + times.barrier) / times.step - 1) < 1e-12, "seed \(seed)")
            #expect(try times.step == PhysicalCostModel().seconds(of: cuts, for: request))
        }
    }
}
