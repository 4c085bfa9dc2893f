import Testing

@testable import OxbowEvaluation

@Suite struct SymmetricMatrixTests {
    /// Numbers without a pattern, the same everywhere.
    private func matrix(_ size: Int) -> SymmetricMatrix {
        SymmetricMatrix(size: size, (0..<(size * size)).map { Double($0 * $0 % 1009) / 1009 - 0.5 })
    }

    private func row(_ values: [Double], _ index: Int, _ size: Int) -> ArraySlice<Double> {
        values[(index * size)..<((index + 1) * size)]
    }

    private func dot(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    @Test func eigenvaluesAreThoseOfNumPy() {
        let matrix = SymmetricMatrix(size: 4, [4, 1, -2, 2, 1, 2, 0, 1, -2, 0, 3, -2, 2, 1, -2, -1])
        let expected = [-2.197516977439427, 1.0843644637732177, 2.2685314064312423, 6.844621107234966]
        for (ours, theirs) in zip(matrix.eigenvalues().sorted(), expected) { #expect(abs(ours - theirs) < 1e-14) }
    }

    @Test(arguments: [1, 2, 5, 128]) func vectorsAreOrthonormalAndBelongToTheirValues(_ size: Int) {
        let matrix = matrix(size)
        let (values, vectors) = matrix.eigen()
        var worst = 0.0
        for first in 0..<size {
            let vector = row(vectors, first, size)
            for second in 0..<size {
                worst = max(worst, abs(dot(vector, row(vectors, second, size)) - (first == second ? 1 : 0)))
                let image = dot(row(matrix.values, second, size), vector)
                worst = max(worst, abs(image - values[first] * vector[vector.startIndex + second]))
            }
        }
        #expect(worst < 1e-12, "off by \(worst)")
        #expect(abs(values.reduce(0, +) - matrix.trace) < 1e-12)
        #expect(matrix.eigenvalues() == values)
    }

    @Test func rootsSquareToTheirMatrix() {
        let size = 40
        let positive = matrix(size).sandwiching(.diagonal([Double](repeating: 1, count: size)))
        let root = positive.squareRoot()
        let square = root.sandwiching(.diagonal([Double](repeating: 1, count: size)))
        let worst = zip(square.values, positive.values).map { abs($0 - $1) }.max() ?? 1
        #expect(worst < 1e-12, "off by \(worst)")
        let roots = SymmetricMatrix.diagonal([4, 0, -1e-18, 9]).squareRoot()
        for (index, expected) in [2.0, 0, 0, 3].enumerated() { #expect(abs(roots[index, index] - expected) < 1e-15) }
    }

    @Test func extremeMatricesEnd() {
        #expect(SymmetricMatrix(size: 0, []).eigenvalues().isEmpty)
        #expect(SymmetricMatrix.diagonal([0, 0, 0]).eigenvalues() == [0, 0, 0])
        let huge = SymmetricMatrix(size: 2, [1, 1e-300, 1e-300, 1e200])
        #expect(huge.eigenvalues().sorted() == [1, 1e200])
        #expect(SymmetricMatrix(size: 3, [Double](repeating: .nan, count: 9)).eigenvalues().count == 3)
        #expect(SymmetricMatrix(size: 3, [Double](repeating: .infinity, count: 9)).eigenvalues().count == 3)
    }
}
