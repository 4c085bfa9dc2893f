/// A normal distribution of several dimensions.
public struct Gaussian: Hashable, Sendable {
    public var mean: [Double]
    public var covariance: SymmetricMatrix

    public init(mean: [Double], covariance: SymmetricMatrix) {
        precondition(mean.count == covariance.size, "a mean of \(mean.count) and a covariance of \(covariance.size)")
        self.mean = mean
        self.covariance = covariance
    }
}

/// Fréchet distances from one Gaussian, whose part of the work is done once.
///
/// ||m1 - m2||^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)). C1 C2 is not symmetric, but has the eigenvalues of
/// C1^(1/2) C2 C1^(1/2), which is: the trace of its root is the sum of their roots, and no root of a general matrix, which
/// may not exist after rounding, is ever taken.
public struct FrechetDistance: Hashable, Sendable {
    public let from: Gaussian
    private let root: SymmetricMatrix

    public init(from: Gaussian) {
        self.from = from
        root = from.covariance.squareRoot()
    }

    /// 0 for equal Gaussians, else more; squared units of the features.
    public func to(_ other: Gaussian) -> Double {
        precondition(other.mean.count == from.mean.count, "\(other.mean.count) and \(from.mean.count) dimensions")
        let shift = zip(from.mean, other.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        // Rounding makes eigenvalues that are 0 a little less at times.
        let common = root.sandwiching(other.covariance).eigenvalues().reduce(0) { $0 + max(0, $1).squareRoot() }
        return shift + max(0, from.covariance.trace + other.covariance.trace - 2 * common)
    }
}
