import Foundation
import OxbowKernels
import OxbowProtocol
import ZeroMQ

/// One thread that performs compute directives in order, so that the thread with the sockets never waits for them.
// Sendable: all state is behind `condition`; the performer is touched by the one thread only.
final class ComputeThread: @unchecked Sendable {
    struct Order: Sendable {
        var id: UInt64
        var task: MemberTask
        var inputs: [any BodyStorage]
    }

    private let condition = NSCondition()
    private var orders: [Order] = []
    private var done: [MemberEvent] = []
    private var isClosed = false
    private var isIdle = true
    private let performer: any TaskPerformer
    private let wakeup: Wakeup

    /// - Parameter wakeup: signalled when a result is there.
    init(_ performer: any TaskPerformer, wakeup: Wakeup) {
        self.performer = performer
        self.wakeup = wakeup
        let thread = Thread { [self] in work() }
        thread.name = "compute"
        thread.stackSize = 8 << 20
        thread.start()
    }

    func add(_ order: Order) {
        condition.withLock { orders.append(order) }
        condition.broadcast()
    }

    /// The results since the last call, in order.
    func results() -> [MemberEvent] {
        condition.withLock {
            defer { done.removeAll() }
            return done
        }
    }

    /// Waits until everything ordered is performed, then ends the thread.
    func finish() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        while !(orders.isEmpty && isIdle) { condition.wait() }
        condition.unlock()
    }

    private func work() {
        Kernels.setThreads(1)
        while let order = next() {
            let event: MemberEvent
            do {
                event = .computed(order.id, try performer.perform(order.task, inputs: order.inputs))
            } catch {
                event = .computeFailed(order.id, message: "\(error)")
            }
            condition.withLock {
                done.append(event)
                isIdle = true
            }
            condition.broadcast()
            wakeup.signal()
        }
    }

    private func next() -> Order? {
        condition.lock()
        defer { condition.unlock() }
        while orders.isEmpty {
            if isClosed { return nil }
            condition.wait()
        }
        isIdle = false
        return orders.removeFirst()
    }
}
