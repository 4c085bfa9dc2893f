import OxbowModel
import OxbowScheduling
import Testing

/// Requests that no plan can meet, and what is said of them.
@Suite struct RefusalTests {
    private let model = try! ModelDescription(ModelParameters())
    private let core = CoreDevice(gflops: 100, bytesPerSecond: 1e9)

    private func refusal(_ request: PlanningRequest) -> String? {
        let planners: [any Planner] = [
            ExactPlanner(costModel: PhysicalCostModel()), GeneticPlanner(costModel: PublishedCostModel()),
            UniformPlanner(costModel: PhysicalCostModel()),
        ]
        let sentences = planners.map { planner -> String? in
            do { _ = try planner.plan(for: request) } catch { return "\(error)" }
            return nil
        }
        return Set(sentences).count == 1 ? sentences[0] : nil
    }

    private func request(_ device: Device?, fixed: Cuts? = nil) -> PlanningRequest {
        PlanningRequest(
            model: model, workers: [Candidate(id: "small-1", tier: "small", fixed: fixed, device: device)], core: core)
    }

    @Test func aWorkerThatCannotHoldAnything() {
        let sentence = refusal(request(Device(gflops: 1, bytesPerSecond: 1e6, memory: 1 << 20)))
        #expect(
            sentence?.hasPrefix("Unable to plan 'small-1': it has 1048576 bytes of memory and even cuts [0, 0, 0, 0]") == true)
    }

    @Test func aWorkerThatCannotHoldWhatItsOwnerChose() {
        let device = Device(gflops: 1, bytesPerSecond: 1e6, memory: 64 << 20)
        #expect(refusal(request(device)) == nil)
        #expect(refusal(request(device, fixed: model.maximalCuts))?.contains("even cuts [1, 1, 1, 1] need") == true)
    }

    @Test func machinesThatNobodyKnows() {
        #expect(refusal(request(nil))?.contains("'small-1': its speed is not known") == true)
        var blind = request(Device(gflops: 1, bytesPerSecond: 1e6))
        blind.core = nil
        #expect(refusal(blind)?.contains("'core': its speed is not known") == true)
    }

    @Test func cutsThatCannotBe() {
        var request = request(Device(gflops: 1, bytesPerSecond: 1e6), fixed: Cuts([0, 0, 0, 2]))
        #expect(refusal(request)?.contains("'small-1': cuts [0, 0, 0, 2] are not admissible") == true)
        request.workers[0].fixed = nil
        request.minimumHead = 2
        #expect(refusal(request)?.contains("Lower min_head or min_tail.") == true)
        request.workers = []
        #expect(refusal(request)?.contains("'fleet': it has no workers") == true)
    }

    @Test func uniformTakesTheBestSingleChoice() throws {
        for seed: UInt64 in 1...50 {
            let request = RandomFleet.request(seed: seed)
            guard (try? UniformPlanner(costModel: PhysicalCostModel()).plan(for: request)) != nil else { continue }
            for costModel in costModels {
                let plan = try UniformPlanner(costModel: costModel).plan(for: request)
                let best = try #require(try ExactPlanner(costModel: costModel).plan(for: request).cost)
                #expect(Set(zip(request.workers, plan.cuts).filter { $0.0.fixed == nil }.map(\.1)).count <= 1)
                let cost = try #require(plan.cost)
                #expect(cost.seconds >= best.seconds * (1 - 1e-12) && cost.lowerBound <= best.seconds * (1 + 1e-12))
                #expect(cost.seconds <= (try costModel.seconds(of: minimal(request), for: request)) * (1 + 1e-12))
            }
        }
    }

    private func minimal(_ request: PlanningRequest) -> [Cuts] { request.workers.map { $0.fixed ?? .minimal } }
}
