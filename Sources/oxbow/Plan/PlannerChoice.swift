import ArgumentParser
import OxbowExperiment
import OxbowScheduling

// The planners and cost models by the names that experiments and options have for them.
extension Experiment.Scheduler.PlannerName: ExpressibleByArgument {
    func planner(by costModel: any CostModel, seed: UInt64) -> any Planner {
        switch self {
        case .exact: ExactPlanner(costModel: costModel)
        case .genetic: GeneticPlanner(costModel: costModel, seed: seed)
        case .uniform: UniformPlanner(costModel: costModel)
        }
    }
}

extension Experiment.Scheduler.CostModel: ExpressibleByArgument {
    var model: any OxbowScheduling.CostModel {
        switch self {
        case .physical: PhysicalCostModel()
        case .published: PublishedCostModel()
        }
    }
}
