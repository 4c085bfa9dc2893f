import Foundation

/// Lets all edges wait for each other at the end of a half.
// Sendable: everything is under the lock.
final class Halves: @unchecked Sendable {
    private let condition = NSCondition()
    private let edges: Int
    private var waiting = 0
    private var generation = 0

    init(edges: Int) { self.edges = edges }

    /// - Throws: when somebody does not come within half a minute.
    func wait() throws {
        condition.lock()
        defer { condition.unlock() }
        waiting += 1
        if waiting == edges {
            waiting = 0
            generation += 1
            condition.broadcast()
            return
        }
        let mine = generation
        let deadline = Date().addingTimeInterval(30)
        while generation == mine {
            guard condition.wait(until: deadline) else {
                throw Failure(.bug, "Unable to go on with the benchmark: an edge does not come to the end of a half.")
            }
        }
    }
}
