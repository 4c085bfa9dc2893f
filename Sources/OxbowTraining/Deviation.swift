/// How far a computed tensor is from a recorded one: ||a - b|| / ||b||, and how far it may be.
public struct Deviation: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public let error: Double
    public let tolerance: Double

    public static let tolerance = 1e-4
    /// For biases in front of a batch norm and running means: the gradient of such a bias is zero, and Adam makes full
    /// steps of its rounding noise in PyTorch; here it stays.
    public static let biasTolerance = 3e-2

    public var isWithin: Bool { error <= tolerance }
    public var description: String { "\(name): \(error) (up to \(tolerance))" }

    init(_ name: String, _ ours: [Float], _ theirs: [Float], tolerance: Double = Deviation.tolerance) {
        self.name = name
        self.tolerance = tolerance
        self.error = ours.count == theirs.count ? Self.relativeError(ours, theirs) : .infinity
    }

    private static func relativeError(_ ours: [Float], _ theirs: [Float]) -> Double {
        var difference = 0.0
        var norm = 0.0
        for (ours, theirs) in zip(ours, theirs) {
            difference += (Double(ours) - Double(theirs)) * (Double(ours) - Double(theirs))
            norm += Double(theirs) * Double(theirs)
        }
        guard norm > 0 else { return difference == 0 ? 0 : .infinity }
        let error = (difference / norm).squareRoot()
        return error.isNaN ? .infinity : error
    }
}
