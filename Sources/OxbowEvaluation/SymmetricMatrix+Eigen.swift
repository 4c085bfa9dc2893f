extension SymmetricMatrix {
    /// More than any matrix of our sizes needs; one that holds no numbers ends there.
    private static let sweepLimit = 40

    /// All eigenvalues, in no order, and their vectors of length 1 as rows.
    ///
    /// Cyclic Jacobi: each pair of rows and columns is turned until nothing is left beside the diagonal, up to rounding.
    /// Source: Golub and Van Loan, "Matrix Computations", section 8.5.
    public func eigen() -> (values: [Double], vectors: [Double]) {
        var turned = values
        var vectors = SymmetricMatrix.diagonal([Double](repeating: 1, count: size)).values
        turn(&turned, &vectors)
        return ((0..<size).map { turned[$0 * size + $0] }, vectors)
    }

    /// All eigenvalues, in no order.
    public func eigenvalues() -> [Double] {
        var turned = values
        var none: [Double] = []
        turn(&turned, &none)
        return (0..<size).map { turned[$0 * size + $0] }
    }

    /// Makes `matrix` diagonal; `vectors`, unless empty, take part as rows.
    private func turn(_ matrix: inout [Double], _ vectors: inout [Double]) {
        // What is left beside the diagonal is then below the rounding of the whole.
        let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let negligible = norm * 0x1p-53 / Double(max(1, size))
        matrix.withUnsafeMutableBufferPointer { matrix in
            vectors.withUnsafeMutableBufferPointer { vectors in
                for _ in 0..<Self.sweepLimit {
                    var rotations = 0
                    for p in 0..<max(0, size - 1) {
                        for q in (p + 1)..<size where abs(matrix[p * size + q]) > negligible {
                            rotate(matrix, vectors, p, q)
                            rotations += 1
                        }
                    }
                    if rotations == 0 { return }
                }
            }
        }
    }

    /// One rotation that makes element (p, q) zero.
    private func rotate(
        _ matrix: UnsafeMutableBufferPointer<Double>, _ vectors: UnsafeMutableBufferPointer<Double>, _ p: Int, _ q: Int
    ) {
        let (app, aqq, apq) = (matrix[p * size + p], matrix[q * size + q], matrix[p * size + q])
        let theta = (aqq - app) / (2 * apq)
        // The smaller of the two angles; a theta whose square overflows gives 0, which is right.
        let tangent = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
        let cosine = 1 / (tangent * tangent + 1).squareRoot()
        let sine = tangent * cosine
        combine(matrix, p, q, cosine, sine)
        for k in 0..<size {
            matrix[k * size + p] = matrix[p * size + k]
            matrix[k * size + q] = matrix[q * size + k]
        }
        matrix[p * size + p] = app - tangent * apq
        matrix[q * size + q] = aqq + tangent * apq
        matrix[p * size + q] = 0
        matrix[q * size + p] = 0
        if !vectors.isEmpty { combine(vectors, p, q, cosine, sine) }
    }

    /// Rows p and q become c p - s q and s p + c q.
    private func combine(
        _ rows: UnsafeMutableBufferPointer<Double>, _ p: Int, _ q: Int, _ cosine: Double, _ sine: Double
    ) {
        let (first, second) = (rows.baseAddress! + p * size, rows.baseAddress! + q * size)
        for k in 0..<size {
            let (x, y) = (first[k], second[k])
            first[k] = cosine * x - sine * y
            second[k] = sine * x + cosine * y
        }
    }
}
