/// A symmetric matrix in double, row by row, both halves.
public struct SymmetricMatrix: Hashable, Sendable {
    public let size: Int
    /// size * size numbers.
    public private(set) var values: [Double]

    /// Our own bug if `values` are not a square of that size; only the half right of the diagonal is read.
    public init(size: Int, _ values: [Double]) {
        precondition(size >= 0 && values.count == size * size, "\(values.count) values for a matrix of size \(size)")
        self.size = size
        self.values = values
        for row in 0..<size { for column in 0..<row { self.values[row * size + column] = values[column * size + row] } }
    }

    public static func diagonal(_ values: [Double]) -> SymmetricMatrix {
        var all = [Double](repeating: 0, count: values.count * values.count)
        for (index, value) in values.enumerated() { all[index * values.count + index] = value }
        return SymmetricMatrix(size: values.count, all)
    }

    public subscript(row: Int, column: Int) -> Double { values[row * size + column] }

    public var trace: Double { (0..<size).reduce(0) { $0 + self[$1, $1] } }

    /// self * other * self, which is symmetric again.
    public func sandwiching(_ other: SymmetricMatrix) -> SymmetricMatrix {
        precondition(size == other.size, "matrices of size \(size) and \(other.size)")
        let half = Self.product(values, other.values, size)
        return SymmetricMatrix(size: size, Self.product(half, values, size))
    }

    /// The symmetric root of a matrix whose eigenvalues are not negative; those that rounding made so count as 0.
    public func squareRoot() -> SymmetricMatrix {
        let (eigenvalues, vectors) = eigen()
        // V^T diag(sqrt(l)) V, with V's rows as vectors: (sqrt(sqrt(l)) V)^T (sqrt(sqrt(l)) V).
        var scaled = vectors
        for row in 0..<size {
            let factor = max(0, eigenvalues[row]).squareRoot().squareRoot()
            for column in 0..<size { scaled[row * size + column] *= factor }
        }
        return SymmetricMatrix(size: size, Self.product(Self.transposed(scaled, size), scaled, size))
    }

    private static func transposed(_ a: [Double], _ size: Int) -> [Double] {
        (0..<(size * size)).map { a[$0 % size * size + $0 / size] }
    }

    /// Row by row, so that the innermost loop runs along memory.
    private static func product(_ a: [Double], _ b: [Double], _ size: Int) -> [Double] {
        var result = [Double](repeating: 0, count: size * size)
        result.withUnsafeMutableBufferPointer { result in
            b.withUnsafeBufferPointer { b in
                for row in 0..<size {
                    for inner in 0..<size {
                        let factor = a[row * size + inner]
                        for column in 0..<size { result[row * size + column] += factor * b[inner * size + column] }
                    }
                }
            }
        }
        return result
    }
}
