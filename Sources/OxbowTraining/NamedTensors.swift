/// A tensor of a state file: PyTorch's shape and layout.
public struct NamedTensor: Hashable, Sendable {
    public var name: String
    public var shape: [Int]
    public var values: [Float]

    public init(name: String, shape: [Int], values: [Float]) {
        self.name = name
        self.shape = shape
        self.values = values
    }
}

/// Tensors in order, found by name.
public struct NamedTensors: Hashable, Sendable, Sequence {
    public private(set) var entries: [NamedTensor] = []
    private var positions: [String: Int] = [:]

    public init() {}

    /// Of two tensors with one name the later one stays.
    public init(_ entries: some Sequence<NamedTensor>) {
        for entry in entries { append(entry) }
    }

    /// Adds a tensor, or replaces the one of that name in its place.
    public mutating func append(_ tensor: NamedTensor) {
        if let position = positions[tensor.name] {
            entries[position] = tensor
        } else {
            positions[tensor.name] = entries.count
            entries.append(tensor)
        }
    }

    public subscript(name: String) -> NamedTensor? { positions[name].map { entries[$0] } }
    public var names: [String] { entries.map(\.name) }
    public var count: Int { entries.count }
    public func makeIterator() -> IndexingIterator<[NamedTensor]> { entries.makeIterator() }
}

/// Everything of a member's blocks that a barrier saves: parameters, running values, Adam's moments and counts.
public typealias SegmentState = NamedTensors
