import OxbowModel
import OxbowScheduling
import Testing

@testable import OxbowProtocol

/// Cuts that follow what is observed.
@Suite struct BrokerReplanningTests {
    private static let device = Device(gflops: 20, bytesPerSecond: 1e7)

    private func fleet(_ replanning: Replanning = .measured, leastGain: Double = 0.1) -> BrokerScript {
        let scheduling = Scheduling(
            planner: ExactPlanner(costModel: PhysicalCostModel()), costModel: PhysicalCostModel(), replanning: replanning,
            leastGain: leastGain, core: CoreDevice(gflops: 40, bytesPerSecond: 1e8))
        return .fleet(
            ["a", "b"],
            BrokerScript.settings(
                demands: [Demand(tier: "small", workers: 2, device: Self.device)], rounds: 9, scheduling: scheduling))
    }

    /// In this round members compute so many times as long as the cost model has it.
    private func tellTimes(_ script: inout BrokerScript, _ slowness: [MemberID: Double]) {
        guard let request = script.broker.request(for: script.broker.run!.active), let plan = script.broker.plan,
            let times = try? PhysicalCostModel().times(of: plan.assignments.map(\.cuts), for: request)
        else { return }
        // Modelled seconds of the machines as they are declared.
        for (slot, parts) in zip(script.broker.run!.active, times.parts) {
            let scale = script.broker.run!.speedScale[.edge(slot)] ?? 1
            let seconds = parts.values.reduce(0) { $0 + $1.computing } * scale * slowness[.edge(slot), default: 1]
            for step in 0..<2 as Range<UInt32> {
                script.say(.metrics(StepMetrics(round: 1, step: step, computeSeconds: seconds)), .edge(slot))
            }
        }
        let scale = script.broker.run!.speedScale[.core()] ?? 1
        let core = times.core.values.reduce(0, +) * scale * slowness[.core(), default: 1]
        for step in 0..<2 as Range<UInt32> {
            script.say(.metrics(StepMetrics(round: 1, step: step, computeSeconds: core)), .core())
        }
    }

    private func blocks(_ script: BrokerScript) -> [Int] {
        script.broker.plan?.assignments.map { $0.cuts.values.reduce(0) { $0 + Int($1) } } ?? []
    }

    @Test func whoIsTenTimesSlowerThanModelledGetsLess() {
        var script = fleet()
        let before = blocks(script)
        #expect(before[0] == before[1] && before[0] > 0, "\(before)")
        for _ in 0..<3 {
            tellTimes(&script, [.edge(1): 10])
            script.round()
        }
        let after = blocks(script)
        #expect(after[1] < before[1], "\(before) \(after)")
        #expect(script.broker.run?.speedScale[.edge(1)].map { abs($0 - 0.1) < 0.01 } == true)
        // No term rises when only cuts change.
        #expect(script.broker.term == 1)
    }

    @Test func asModelledNothingMoves() {
        var script = fleet()
        let before = script.broker.plan
        for _ in 0..<3 {
            tellTimes(&script, [:])
            script.round()
        }
        #expect(script.broker.plan == before)
        #expect(!script.directives.contains { if case .note(.amended) = $0 { true } else { false } })
    }

    @Test func aGainTooSmallMovesNothing() {
        var eager = fleet(leastGain: 0)
        var staid = fleet(leastGain: 0.9)
        let before = staid.broker.plan
        for _ in 0..<3 {
            tellTimes(&eager, [.edge(1): 10])
            eager.round()
            tellTimes(&staid, [.edge(1): 10])
            staid.round()
        }
        #expect(eager.broker.plan != before && staid.broker.plan == before)
    }

    @Test func declaredReplanningHeedsNoTimes() {
        var script = fleet(.declared)
        let before = script.broker.plan
        tellTimes(&script, [.edge(1): 10])
        script.round()
        #expect(script.broker.plan == before && script.broker.searches == 1)
    }

    @Test func absurdTimesLeaveASpeedThatCanBeReckonedWith() {
        var script = fleet()
        for seconds in [1e308, 1e308, 1e-308] {
            script.say(.metrics(StepMetrics(round: 1, step: 0, computeSeconds: seconds)), .edge(1))
            script.say(.metrics(StepMetrics(round: 1, step: 0, computeSeconds: 1e-308)), .edge(0))
        }
        script.round()
        #expect(script.broker.run?.lastBarrier == 1)
        #expect(script.broker.plan?.assignments.count == 2)
    }
}
