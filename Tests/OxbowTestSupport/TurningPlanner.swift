import Foundation
import OxbowScheduling

/// Gives every worker other cuts at each call, so that blocks move at each barrier.
// Sendable: the count is under the lock.
public final class TurningPlanner: Planner, @unchecked Sendable {
    private let lock = NSLock()
    private var calls = 0
    public let name = "turning"

    public init() {}

    public func plan(for request: PlanningRequest) throws(PlanningError) -> CutPlan {
        let call = lock.withLock {
            defer { calls += 1 }
            return calls
        }
        let all = request.admissibleCuts
        return CutPlan(
            cuts: request.workers.indices.map { all[(7 * call + 5 * $0) % all.count] }, planner: name)
    }
}
