/// Workers of each type on their way to options with limited room.
struct Flow {
    private let open: [Bool]
    private let options: Int
    private var room: [Int]
    /// `[type * options + option]`.
    private(set) var counts: [Int]
    /// Workers of a type without an option.
    private var waiting: [Int]

    init(_ table: CostTable, open: [Bool], room: [Int]) {
        self.open = open
        self.room = room
        options = table.options.count
        counts = [Int](repeating: 0, count: open.count)
        waiting = table.types.map(\.count)
    }

    /// Gives a type's waiting workers the first open options that have room.
    mutating func fill(_ type: Int, _ order: [Int]) {
        for option in order where open[type * options + option] && waiting[type] > 0 {
            let taken = min(waiting[type], room[option])
            counts[type * options + option] += taken
            room[option] -= taken
            waiting[type] -= taken
        }
    }

    /// Moves others aside until nobody waits (augmenting paths over options); false if somebody must.
    mutating func settle() -> Bool {
        for type in waiting.indices {
            while waiting[type] > 0 {
                guard let path = path(from: type) else { return false }
                push(type, path)
            }
        }
        return true
    }

    /// As settled, with those who still wait on their first open option in spite of the room.
    func settledAnyway(_ order: [Int]) -> [Int] {
        var counts = counts
        for type in waiting.indices where waiting[type] > 0 {
            if let option = order.first(where: { open[type * options + $0] }) { counts[type * options + option] += waiting[type] }
        }
        return counts
    }

    /// Steps of (option, the type that moves out of it to the next); the last option has room.
    private func path(from type: Int) -> [(option: Int, mover: Int)]? {
        var reachedBy = [(option: Int, mover: Int)?](repeating: nil, count: options)
        var frontier = (0..<options).filter { open[type * options + $0] }
        var seen = Set(frontier)
        while let option = frontier.first {
            frontier.removeFirst()
            if room[option] > 0 {
                var path = [(option: option, mover: -1)]
                while let before = reachedBy[path[0].option] { path.insert((before.option, before.mover), at: 0) }
                return path
            }
            for mover in waiting.indices where counts[mover * options + option] > 0 {
                for next in 0..<options where open[mover * options + next] && seen.insert(next).inserted {
                    reachedBy[next] = (option, mover)
                    frontier.append(next)
                }
            }
        }
        return nil
    }

    private mutating func push(_ type: Int, _ path: [(option: Int, mover: Int)]) {
        let last = path[path.count - 1].option
        var amount = min(waiting[type], room[last])
        for step in path.dropLast() { amount = min(amount, counts[step.mover * options + step.option]) }
        for (step, next) in zip(path, path.dropFirst()) {
            counts[step.mover * options + step.option] -= amount
            counts[step.mover * options + next.option] += amount
        }
        counts[type * options + path[0].option] += amount
        room[last] -= amount
        waiting[type] -= amount
    }
}
