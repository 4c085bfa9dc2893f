import Foundation
import OxbowProtocol
import OxbowScheduling
import ZeroMQ

/// Searches of cuts on a thread of their own: the thread with the sockets never waits for a planner.
// Sendable: everything mutable is under the lock.
final class PlanSearches: @unchecked Sendable {
    /// Signalled when a result is there.
    let wakeup: Wakeup
    private let queue = DispatchQueue(label: "planning")
    private let lock = NSLock()
    private var done: [(UInt64, Result<CutPlan, PlanningError>)] = []

    init() throws { wakeup = try Wakeup() }

    func add(_ number: UInt64, _ request: PlanningRequest, _ planner: any Planner) {
        queue.async { [self] in
            let result = Result { () throws(PlanningError) in try planner.plan(for: request) }
            lock.withLock { done.append((number, result)) }
            wakeup.signal()
        }
    }

    /// The results since the last call.
    func results() -> [(UInt64, Result<CutPlan, PlanningError>)] {
        lock.withLock {
            defer { done.removeAll() }
            return done
        }
    }
}
