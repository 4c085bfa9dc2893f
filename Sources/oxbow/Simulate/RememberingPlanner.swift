import Foundation
import OxbowScheduling

/// A planner asked once: thousands of seeds have the same question.
final class RememberingPlanner: Planner, @unchecked Sendable {
    private let planner: any Planner
    private let lock = NSLock()
    private var answers: [PlanningRequest: Result<CutPlan, PlanningError>] = [:]

    init(_ planner: any Planner) { self.planner = planner }

    var name: String { planner.name }

    func plan(for request: PlanningRequest) throws(PlanningError) -> CutPlan {
        if let answer = lock.withLock({ answers[request] }) { return try answer.get() }
        let answer = Result { () throws(PlanningError) in try planner.plan(for: request) }
        lock.withLock { answers[request] = answer }
        return try answer.get()
    }
}
