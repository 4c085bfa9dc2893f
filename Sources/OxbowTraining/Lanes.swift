import Dispatch

/// Runs independent work on a fixed number of threads.
public struct Lanes: Sendable {
    public let count: Int

    public init(_ count: Int) { self.count = max(1, count) }

    /// `transform` of every index below `work`, in order; calls may overlap. Throws what the lowest index threw.
    public func map<Value>(_ work: Int, _ transform: (_ index: Int) throws -> Value) throws -> [Value] {
        var results = [Result<Value, any Error>?](repeating: nil, count: work)
        results.withUnsafeMutableBufferPointer { buffer in
            // Each index is written by one lane.
            nonisolated(unsafe) let slots = buffer
            forEach(work) { index, _ in slots[index] = Result { try transform(index) } }
        }
        return try results.compactMap { try $0?.get() }
    }

    /// Calls `body(index, lane)` for every index below `work`; calls of one lane never overlap.
    ///
    /// Index i always has lane i mod count, so that a lane's primitives and scratch belong to one thread at a time.
    func forEach(_ work: Int, _ body: (_ index: Int, _ lane: Int) -> Void) {
        guard count > 1, work > 1 else {
            for index in 0..<work { body(index, index % count) }
            return
        }
        withoutActuallyEscaping(body) { body in
            let shared = Shared(body: body)
            DispatchQueue.concurrentPerform(iterations: min(count, work)) { lane in
                for index in stride(from: lane, to: work, by: count) { shared.body(index, lane) }
            }
        }
    }

    /// As `forEach`, but after every `count` indices `then` is called for each of them, rising, on this thread.
    ///
    /// Sums taken in `then` have the same order for any number of lanes.
    func forEach(_ work: Int, _ body: (_ index: Int, _ lane: Int) -> Void, then: (_ index: Int, _ lane: Int) -> Void) {
        for start in stride(from: 0, to: work, by: count) {
            let size = min(count, work - start)
            forEach(size) { index, lane in body(start + index, lane) }
            for lane in 0..<size { then(start + lane, lane) }
        }
    }

    // @unchecked: lanes touch disjoint parts and only their own scratch; concurrentPerform returns after all of them.
    private struct Shared: @unchecked Sendable {
        let body: (Int, Int) -> Void
    }
}
