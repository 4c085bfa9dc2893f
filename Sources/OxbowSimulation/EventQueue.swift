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
        let kept = heap.filter { !isGone($0.event) }.sorted { ($0.time, $0.number) < ($1.time, $1.number) }
        heap = kept  // sorted is a heap too
    }

    mutating func next() -> (time: Duration, event: Event)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return (first.time, first.event)
    }

    private mutating func sink() {
        var parent = 0
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
