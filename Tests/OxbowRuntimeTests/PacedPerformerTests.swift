import Logging
import OxbowModel
import OxbowProtocol
import OxbowScheduling
import OxbowTestSupport
import Testing

@testable import OxbowRuntime

@Suite struct PacedPerformerTests {
    private static let model = ModelParameters(width: 0.125)

    private func plan(_ cuts: [Cuts]) -> Plan {
        var plan = NumericFleet().run().template
        plan.model = Self.model
        plan.batch = 8
        plan.assignments = cuts.enumerated().map {
            Assignment(slot: UInt32($0.offset), workerID: "w\($0.offset)", tier: "t", cuts: $0.element, samples: 1)
        }
        return plan
    }

    private func request(_ cuts: [Cuts], _ device: Device, _ core: CoreDevice) throws -> PlanningRequest {
        PlanningRequest(
            model: try ModelDescription(Self.model),
            workers: cuts.indices.map { Candidate(id: "w\($0)", tier: "t", device: device) }, core: core, batch: 8)
    }

    private static let edgeStep: [MemberTask] = {
        let halves = [OxbowProtocol.Half.discriminator, .generator].map { HalfStep(round: 1, step: 0, half: $0) }
        let first: [OxbowProtocol.Stage] = [
            .generatorHead, .discriminatorHeads, .discriminatorTails, .discriminatorHeadsBackward,
        ]
        let second: [OxbowProtocol.Stage] = [
            .generatorPassHead, .generatorPassTail, .generatorTailBackward, .generatorHeadBackward,
        ]
        return first.map { .stage($0, halves[0]) } + [.commit(halves[0])] + second.map { .stage($0, halves[1]) }
            + [.commit(halves[1])]
    }()

    private static let coreStep: [MemberTask] = {
        let half = HalfStep(round: 1, step: 0, half: .generator)
        let stages: [OxbowProtocol.Stage] = [
            .coreGeneratorActivations, .coreDiscriminatorActivations, .coreDiscriminatorGradients,
            .coreGeneratorPassActivations, .coreGeneratorPassGradients, .coreGeneratorGradients,
        ]
        return stages.map { .stage($0, half) } + [.commit(half)]
    }()

    private func paced(_ inner: FakePerformer, _ role: PacedRole, gflops: Double, outerGflops: Double) -> PacedPerformer {
        PacedPerformer(
            inner, as: role, gflops: gflops, outerGflops: outerGflops, clock: inner.clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// A worker's tasks of a step together take what the cost model has for its computing, whatever it keeps.
    @Test func aStepTakesWhatTheCostModelSays() throws {
        let device = Device(gflops: 3, outerGflops: 0.5, bytesPerSecond: 1e9)
        for cuts in try ModelDescription(Self.model).admissibleCuts {
            let inner = FakePerformer()
            let performer = paced(inner, .edge(workerID: "w1"), gflops: device.gflops, outerGflops: device.outerGflops)
            _ = try performer.perform(.prepare(plan([.minimal, cuts]), barrier: 0), inputs: [])
            #expect(inner.clock.now == .zero)
            for task in Self.edgeStep { _ = try performer.perform(task, inputs: []) }
            let request = try request([.minimal, cuts], device, CoreDevice(gflops: 1, bytesPerSecond: 1))
            let times = try PhysicalCostModel().times(of: [.minimal, cuts], for: request)
            let modelled = times.parts[1].values.reduce(0) { $0 + $1.computing }
            #expect(abs(inner.clock.now / .seconds(modelled) - 1) < 1e-9, "\(cuts)")
            #expect(inner.performed == Self.edgeStep.count + 1)
            #expect(performer.record.lateTasks == 0 && abs(performer.record.seconds / modelled - 1) < 1e-9)
        }
    }

    @Test func aCoreComputesForAllThatTakePart() throws {
        let all = [Cuts.minimal, try #require(Cuts([1, 0, 0, 1])), try #require(Cuts([0, 1, 1, 0]))]
        let inner = FakePerformer()
        let performer = paced(inner, .core, gflops: 20, outerGflops: 20)
        _ = try performer.perform(.prepare(plan(all), barrier: 0), inputs: [])
        for members in [[0, 1, 2], [0, 2]] {
            inner.clock.now = .zero
            _ = try performer.perform(.setMembers(members.map(UInt32.init)), inputs: [])
            for task in Self.coreStep { _ = try performer.perform(task, inputs: []) }
            let cuts = members.map { all[$0] }
            let request = try request(
                cuts, Device(gflops: 1, bytesPerSecond: 1), CoreDevice(gflops: 20, bytesPerSecond: 1))
            let modelled = try PhysicalCostModel().times(of: cuts, for: request).core.values.reduce(0, +)
            #expect(abs(inner.clock.now / .seconds(modelled) - 1) < 1e-9)
        }
    }

    @Test func theRealWorkIsPartOfTheTime() throws {
        let inner = FakePerformer()
        let performer = paced(inner, .edge(workerID: "w0"), gflops: 1e-3, outerGflops: 1e-3)
        _ = try performer.perform(.prepare(plan([.minimal]), barrier: 0), inputs: [])
        _ = try performer.perform(Self.edgeStep[0], inputs: [])
        let alone = inner.clock.now
        inner.seconds = (alone / .seconds(1)) / 2
        _ = try performer.perform(Self.edgeStep[0], inputs: [])
        #expect(abs((inner.clock.now - alone) / alone - 1) < 1e-9)
        #expect(performer.record.lateTasks == 0)
    }

    @Test func anAbsurdSpeedIsOnlySlow() throws {
        let inner = FakePerformer()
        let performer = paced(inner, .edge(workerID: "w0"), gflops: .leastNormalMagnitude, outerGflops: 1e-300)
        _ = try performer.perform(.prepare(plan([.minimal]), barrier: 0), inputs: [])
        _ = try performer.perform(Self.edgeStep[0], inputs: [])
        #expect(inner.clock.now > .seconds(1e8))
    }

    @Test func aMachineThatIsTooSlowIsCountedAndNeverWaitsMore() throws {
        let inner = FakePerformer()
        let performer = paced(inner, .edge(workerID: "w0"), gflops: 1e9, outerGflops: 1e9)
        _ = try performer.perform(.prepare(plan([.minimal]), barrier: 0), inputs: [])
        inner.seconds = 1
        for task in Self.edgeStep { _ = try performer.perform(task, inputs: []) }
        #expect(inner.clock.slept == .zero)
        #expect(performer.record.tasks == Self.edgeStep.count && performer.record.lateTasks == performer.record.tasks)
        #expect(abs(performer.record.lateSeconds - Double(Self.edgeStep.count)) < 1e-3)
    }

    /// The wrapped performer sees waiting where the emulated machine computes.
    @Test func metricsTellTheEmulatedTimes() throws {
        let inner = FakePerformer()
        let performer = paced(inner, .edge(workerID: "w0"), gflops: 0.1, outerGflops: 0.1)
        _ = try performer.perform(.prepare(plan([.minimal]), barrier: 0), inputs: [])
        inner.metrics = StepMetrics(round: 1, step: 0, computeSeconds: 1, waitSeconds: 1e6)
        var sleptUntilCommit = Duration.zero
        for _ in 0..<2 {
            let start = inner.clock.slept
            for task in Self.edgeStep.dropLast() { _ = try performer.perform(task, inputs: []) }
            let between = inner.clock.slept - sleptUntilCommit
            sleptUntilCommit = inner.clock.slept
            let messages = try performer.perform(Self.edgeStep.last!, inputs: []).messages
            guard case .metrics(let metrics)? = messages.first else {
                Issue.record("no metrics: \(messages)")
                return
            }
            #expect(abs(metrics.computeSeconds - 1 - (inner.clock.slept - start) / .seconds(1)) < 1e-6)
            #expect(abs(1e6 - metrics.waitSeconds - between / .seconds(1)) < 1e-6)
        }
    }

    @Test func warningsBecomeRarer() {
        var record = PaceRecord()
        let warned = (1...100).filter { _ in
            record.add(modelled: 1, took: 2)
            return record.endStep()
        }
        #expect(warned == [2, 4, 8, 16, 32, 64])
    }

    @Test func aSlowFirstStepOrATrifleIsNotWorthAWord() {
        var record = PaceRecord()
        let silent = (1...100).allSatisfy { step in
            record.add(modelled: 1, took: step == 1 ? 50 : 1.01)
            return !record.endStep()
        }
        #expect(silent)
        #expect(record.lateTasks == 100)
    }
}

/// Takes as long as it is told, by a clock that nobody else advances.
private final class FakePerformer: TaskPerformer {
    let clock = FakeClock()
    var seconds = 0.0
    var metrics: StepMetrics?
    private(set) var performed = 0

    func perform(_ task: MemberTask, inputs: [any BodyStorage]) throws -> TaskResult {
        performed += 1
        clock.now += .seconds(seconds)
        guard case .commit(let half) = task, half.half == .generator, let metrics else { return TaskResult() }
        return TaskResult(messages: [.metrics(metrics)])
    }
}

private final class FakeClock: PaceClock {
    var now = Duration.zero
    private(set) var slept = Duration.zero

    func sleep(for duration: Duration) {
        now += duration
        slept += duration
    }
}
