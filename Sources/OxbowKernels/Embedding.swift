import COxbowKernels

/// Rows of a table (entries, width) by index.
public enum Embedding {
    /// y (N, width) = the rows that `indices` name.
    public static func forward(_ table: Tensor, _ indices: [Int32], into y: Tensor) {
        let width = check(table, indices, y)
        oxbow_embedding(table.data, indices, Int64(indices.count), Int64(width), y.data)
    }

    /// Adds dy's rows to those of `gradTable`, in rising order; clear it first.
    public static func backward(_ dy: Tensor, _ indices: [Int32], addingTo gradTable: Tensor) {
        let width = check(gradTable, indices, dy)
        oxbow_embedding_backward(dy.data, indices, Int64(indices.count), Int64(width), gradTable.data)
    }

    /// The table's width.
    private static func check(_ table: Tensor, _ indices: [Int32], _ rows: Tensor) -> Int {
        precondition(table.shape.count == 2 && table.count > 0, "embedding table of shape \(table.shape)")
        let entries = Int32(table.shape[0])
        precondition(indices.allSatisfy { $0 >= 0 && $0 < entries }, "an embedding index outside 0..<\(entries)")
        expect(rows, indices.count * table.shape[1], "\(indices.count) rows of an embedding \(table.shape)")
        return table.shape[1]
    }
}
