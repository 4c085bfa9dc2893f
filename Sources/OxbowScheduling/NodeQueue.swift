/// Nodes by rising bound: a binary heap.
struct NodeQueue {
    private var nodes: [SearchNode] = []

    mutating func push(_ node: SearchNode) {
        nodes.append(node)
        var child = nodes.count - 1
        while child > 0, nodes[child].bound < nodes[(child - 1) / 2].bound {
            nodes.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> SearchNode? {
        guard let first = nodes.first else { return nil }
        let last = nodes.removeLast()
        guard !nodes.isEmpty else { return first }
        nodes[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < nodes.count && nodes[child].bound < nodes[least].bound {
                least = child
            }
            guard least != parent else { return first }
            nodes.swapAt(parent, least)
            parent = least
        }
    }
}
