import OxbowModel

/// How a tensor lies in memory, next to PyTorch's layout in which it is saved.
enum ParameterLayout {
    case plain
    /// A matrix (or a vector, one column) whose rows and columns are channels last: for each of ours, PyTorch's.
    case permuted(rows: [Int], columns: [Int])

    /// The order of `tensor` in `block`: linear layers see maps flattened channels first in PyTorch, but not here.
    static func of(_ tensor: TensorDescription, in block: BlockDescription) -> ParameterLayout {
        switch (block.transform, tensor.kind) {
        case (_, .embedding): return .plain
        case (.linear, .weight):
            return .permuted(rows: channelsFirst(block.output), columns: channelsFirst(block.transformInput))
        case (.linear, _): return .permuted(rows: channelsFirst(block.output), columns: [0])
        default: return .plain
        }
    }

    /// From PyTorch's order to ours.
    func stored(_ values: [Float]) -> [Float] {
        switch self {
        case .plain: return values
        case .permuted(let rows, let columns):
            return rows.flatMap { row in columns.map { values[row * columns.count + $0] } }
        }
    }

    /// From our order to PyTorch's.
    func plain(_ values: [Float]) -> [Float] {
        switch self {
        case .plain: return values
        case .permuted(let rows, let columns):
            var result = values
            for (ours, row) in rows.enumerated() {
                for (column, theirs) in columns.enumerated() {
                    result[row * columns.count + theirs] = values[ours * columns.count + column]
                }
            }
            return result
        }
    }

    /// For each channels-last index of a sample its channels-first index.
    private static func channelsFirst(_ shape: FeatureShape) -> [Int] {
        (0..<shape.positions).flatMap { position in
            (0..<shape.channels).map { channel in channel * shape.positions + position }
        }
    }
}
