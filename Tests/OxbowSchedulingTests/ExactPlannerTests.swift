import OxbowModel
import OxbowRandom
import Testing

@testable import OxbowScheduling

@Suite struct ExactPlannerTests {
    private func isFeasible(_ request: PlanningRequest) -> Bool { (try? request.types()) != nil }

    private func check(_ request: PlanningRequest, seed: UInt64) throws {
        guard isFeasible(request) else { return }
        for model in costModels {
            let plan = try ExactPlanner(costModel: model).plan(for: request)
            let cost = try #require(plan.cost)
            let best = bruteForce(try PricedRequest(request, model))
            #expect(abs(cost.seconds - best) <= 1e-9 * best, "\(model.name), seed \(seed): \(cost) where \(best) is best")
            #expect(cost.gap == 0, "\(model.name), seed \(seed): \(cost)")
            let seconds = try model.seconds(of: plan.cuts, for: request)
            #expect(abs(seconds - cost.seconds) <= 1e-12 * seconds)
            for (worker, cuts) in zip(request.workers, plan.cuts) {
                #expect(worker.fixed == nil || worker.fixed == cuts)
                let needed = try SegmentMemory(request.model, cuts: cuts, batch: request.batch).bytes
                #expect(needed <= worker.device?.memory ?? .max)
            }
        }
    }

    @Test func equalsTryingEveryPlanOnHundredsOfFleets() throws {
        for seed: UInt64 in 1...400 { try check(RandomFleet.request(seed: seed), seed: seed) }
    }

    @Test func equalsTryingEveryPlanWhenMoreBlocksMayMove() throws {
        let model = RandomFleet.deeperModel()
        for seed: UInt64 in 1...200 { try check(RandomFleet.request(seed: seed, workers: 1...2, model: model), seed: seed) }
    }

    @Test func keepsAsMuchAtHomeAsIsAsked() throws {
        for seed: UInt64 in 1...100 {
            var request = RandomFleet.request(seed: seed)
            (request.minimumHead, request.minimumTail) = (Int(seed % 2), Int(seed / 2 % 2))
            for worker in request.workers.indices { request.workers[worker].fixed = nil }
            try check(request, seed: seed)
            guard isFeasible(request) else { continue }
            for cuts in try ExactPlanner(costModel: PhysicalCostModel()).plan(for: request).cuts {
                #expect(request.admissibleCuts.contains(cuts))
            }
        }
    }

    @Test func provesItsPlansOnPublishedFleets() throws {
        let model = try ModelDescription(ModelParameters())
        for seed: UInt64 in 1...5 {
            for workers in [PublishedFleet.draw(100, seed: seed), PublishedFleet.drawDifferent(100, seed: seed)] {
                let request = PlanningRequest(model: model, workers: workers, core: PublishedFleet.core)
                for costModel in costModels {
                    let cost = try #require(try ExactPlanner(costModel: costModel).plan(for: request).cost)
                    #expect(cost.gap <= 0.01)
                    if costModel.name == "published" { #expect(cost.gap == 0) }
                }
            }
        }
    }

    @Test func boundsHoldWhenTheSearchIsCutShort() throws {
        for seed: UInt64 in 1...30 {
            let request = RandomFleet.request(seed: seed, workers: 4...8)
            guard isFeasible(request) else { continue }
            for model in costModels {
                let whole = try #require(try ExactPlanner(costModel: model).plan(for: request).cost)
                let short = try #require(try ExactPlanner(costModel: model, effort: 1).plan(for: request).cost)
                let loose = try #require(try ExactPlanner(costModel: model, gap: 0.05).plan(for: request).cost)
                #expect(short.lowerBound <= whole.seconds * (1 + 1e-9) && short.seconds >= whole.seconds * (1 - 1e-9))
                #expect(loose.gap <= 0.05 && loose.lowerBound <= whole.seconds * (1 + 1e-9))
            }
        }
    }

    @Test func equalRequestsGetEqualPlans() throws {
        let request = RandomFleet.request(seed: 7, workers: 20...20)
        let planner = ExactPlanner(costModel: PhysicalCostModel())
        #expect(try planner.plan(for: request) == planner.plan(for: request))
    }
}
