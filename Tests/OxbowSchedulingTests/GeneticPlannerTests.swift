import OxbowModel
import Testing

@testable import OxbowScheduling

@Suite struct GeneticPlannerTests {
    private func planner(_ model: any CostModel, seed: UInt64 = 1) -> GeneticPlanner {
        var planner = GeneticPlanner(costModel: model, seed: seed)
        planner.settings.population = 40
        planner.settings.generations = 30
        planner.settings.repeats = 1
        return planner
    }

    @Test func hasThePublishedSettings() {
        let settings = GeneticPlanner.Settings()
        #expect(settings.population == 1000 && settings.generations == 1000 && settings.tournament == 5)
        #expect(settings.crossover == 0.7 && settings.mutation == 0.01 && settings.repeats == 4)
    }

    @Test func isNeverBelowTheOptimumAndOftenAtIt() throws {
        var (found, feasible) = (0, 0)
        for seed: UInt64 in 1...60 {
            let request = RandomFleet.request(seed: seed)
            guard (try? request.types()) != nil else { continue }
            for model in costModels {
                let best = try #require(try ExactPlanner(costModel: model).plan(for: request).cost)
                let plan = try planner(model).plan(for: request)
                let cost = try #require(plan.cost)
                #expect(cost.seconds >= best.seconds * (1 - 1e-12))
                #expect(cost.lowerBound <= best.seconds * (1 + 1e-12) && cost.evaluations == 1200)
                #expect(abs(try model.seconds(of: plan.cuts, for: request) / cost.seconds - 1) < 1e-12)
                for (worker, cuts) in zip(request.workers, plan.cuts) { #expect(worker.fixed == nil || worker.fixed == cuts) }
                feasible += 1
                if cost.seconds <= best.seconds * (1 + 1e-9) { found += 1 }
            }
        }
        #expect(found > feasible * 9 / 10, "\(found) of \(feasible)")
    }

    @Test func followsItsSeed() throws {
        let request = PlanningRequest(
            model: try ModelDescription(ModelParameters()), workers: PublishedFleet.draw(100, seed: 1), core: PublishedFleet.core)
        let plan = try planner(PublishedCostModel(), seed: 3).plan(for: request)
        #expect(try planner(PublishedCostModel(), seed: 3).plan(for: request) == plan)
        #expect(try planner(PublishedCostModel(), seed: 4).plan(for: request) != plan)
    }

    @Test func aGenomeOfAFourthIsRepeated() throws {
        let request = PlanningRequest(
            model: try ModelDescription(ModelParameters()), workers: PublishedFleet.draw(8, seed: 1), core: PublishedFleet.core)
        let judge = GenomeJudge(try PricedRequest(request, PublishedCostModel()), request.admissibleCuts, repeats: 4)
        #expect(judge.valuesOfBits == [UInt8](repeating: 2, count: 8))
        let counts = judge.counts([0, 0, 0, 0, 1, 1, 1, 1])
        #expect(counts.reduce(0, +) == 8)
    }
}
