/// Events by time, and by order of entry among equals: a binary heap of their places, since events are large.
struct EventQueue<Event> {
    private var heap: [Place] = []
    private var events: [UInt64: Event] = [:]
    private var entered: UInt64 = 0

    private struct Place: Comparable {
        var time: Duration
        var number: UInt64

        static func < (a: Place, b: Place) -> Bool { a.time != b.time ? a.time < b.time : a.number < b.number }
    }

    var isEmpty: Bool { heap.isEmpty }

    mutating func add(_ event: Event, at time: Duration) {
        heap.append(Place(time: time, number: entered))
        events[entered] = event
        entered += 1
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes events out; the rest keep their order.
    mutating func remove(where isGone: (Event) -> Bool) {
        let before = heap.count
        heap.removeAll { place in
            guard let event = events[place.number], isGone(event) else { return false }
            events[place.number] = nil
            return true
        }
        guard heap.count < before else { return }
        for parent in heap.indices.prefix(heap.count / 2).reversed() { sink(from: parent) }
    }

    mutating func next() -> (time: Duration, event: Event)? {
        guard let first = heap.first, let event = events.removeValue(forKey: first.number) else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink(from: 0)
        }
        return (first.time, event)
    }

    private mutating func sink(from start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in (2 * parent + 1)...(2 * parent + 2) where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
