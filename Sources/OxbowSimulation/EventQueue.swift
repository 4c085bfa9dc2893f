/// Events by time, and by order of entry among equals: a binary heap.
struct EventQueue<Event> {
    private var heap: [(time: Duration, number: UInt64, event: Event)] = []
    private var entered: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }

    mutating func add(_ event: Event, at time: Duration) {
        heap.append((time, entered, event))
        entered += 1
        var child = heap.count - 1
        while child > 0, before(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes events out; the rest keep their order.
    mutating func remove(where isGone: (Event) -> Bool) {
        let before = heap.count
        heap.removeAll { isGone($0.event) }
        guard heap.count < before else { return }
        for parent in heap.indices.prefix(heap.count / 2).reversed() { sink(from: parent) }
    }

    mutating func next() -> (time: Duration, event: Event)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink(from: 0)
        }
        return (first.time, first.event)
    }

    private mutating func sink(from start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && before(child, least) {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func before(_ a: Int, _ b: Int) -> Bool {
        (heap[a].time, heap[a].number) < (heap[b].time, heap[b].number)
    }
}
