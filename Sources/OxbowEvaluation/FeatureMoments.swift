/// Mean and covariance of rows of features, added up in double in the order in which they come.
public struct FeatureMoments: Hashable, Sendable {
    /// Numbers in a row.
    public let width: Int
    public private(set) var count = 0
    /// The first row: sums of differences to it do not cancel where the mean is large.
    private var origin: [Double] = []
    private var sums: [Double]
    /// Sums of products, right of the diagonal and on it.
    private var products: [Double]

    public init(width: Int) {
        self.width = width
        sums = [Double](repeating: 0, count: width)
        products = [Double](repeating: 0, count: width * width)
    }

    /// Adds rows of `width` numbers.
    public mutating func add(_ rows: [Float]) {
        precondition(rows.count % width == 0, "\(rows.count) features are not rows of \(width)")
        if origin.isEmpty { origin = rows.prefix(width).map(Double.init) }
        var row = [Double](repeating: 0, count: width)
        products.withUnsafeMutableBufferPointer { products in
            for start in stride(from: 0, to: rows.count, by: width) {
                for index in 0..<width { row[index] = Double(rows[start + index]) - origin[index] }
                for first in 0..<width {
                    let value = row[first]
                    sums[first] += value
                    // Many features are 0 for most images, in the first row too.
                    if value == 0 { continue }
                    for second in first..<width { products[first * width + second] += value * row[second] }
                }
            }
        }
        count += rows.count / width
    }

    /// The Gaussian with their mean and covariance (divided by count - 1); a single row has no covariance.
    public var gaussian: Gaussian {
        precondition(count > 0, "moments of no features")
        let mean = sums.indices.map { origin[$0] + sums[$0] / Double(count) }
        let divisor = Double(max(1, count - 1))
        var covariance = products
        for first in 0..<width {
            for second in first..<width {
                let index = first * width + second
                covariance[index] = (products[index] - sums[first] * sums[second] / Double(count)) / divisor
            }
        }
        return Gaussian(mean: mean, covariance: SymmetricMatrix(size: width, covariance))
    }
}
