extension KernelFixtures {
    /// A recorded tensor as it is.
    func recorded(_ fixture: Case, _ suffix: String) throws -> (shape: [Int], values: [Float]) {
        let name = "\(fixture.name).\(suffix)"
        guard let found = floats(name) else {
            throw Failure(description: "Unable to check '\(fixture.name)': there is no tensor '\(name)'.")
        }
        return found
    }

    /// A recorded tensor; images (N, C, H, W) come as (N, H, W, C).
    func channelsLast(_ fixture: Case, _ suffix: String) throws -> Tensor {
        let (shape, values) = try recorded(fixture, suffix)
        guard shape.count == 4 else { return Tensor(shape, values) }
        return Tensor([shape[0], shape[2], shape[3], shape[1]], Self.channelsLast(values, shape))
    }

    func number(_ fixture: Case, _ name: String) throws -> Double {
        guard let value = fixture.numbers[name] else {
            throw Failure(description: "Unable to check '\(fixture.name)': it has no number '\(name)'.")
        }
        return value
    }

    /// Compares a computed image or matrix, channels last, with the recorded tensor.
    func check(_ fixture: Case, _ suffix: String, _ computed: Tensor) throws -> Check {
        let (shape, values) = try recorded(fixture, suffix)
        let expected = shape.count == 4 ? Self.channelsLast(values, shape) : values
        return Self.check(fixture.name, suffix, computed.array, expected)
    }

    /// Compares values in PyTorch's layout with the recorded tensor.
    func check(_ fixture: Case, _ suffix: String, plain computed: [Float]) throws -> Check {
        Self.check(fixture.name, suffix, computed, try recorded(fixture, suffix).values)
    }

    static func check(
        _ name: String, _ tensor: String, _ computed: [Float], _ expected: [Float], _ tolerance: Double = 1e-5
    ) -> Check {
        Check(name: name, tensor: tensor, error: relativeError(computed, expected), tolerance: tolerance)
    }

    /// ||a - b|| / ||b||; infinite when they differ in length, ||a|| when b is zero.
    public static func relativeError(_ a: [Float], _ b: [Float]) -> Double {
        guard a.count == b.count else { return .infinity }
        var difference = 0.0
        var norm = 0.0
        for i in a.indices {
            let d = Double(a[i]) - Double(b[i])
            difference += d * d
            norm += Double(b[i]) * Double(b[i])
        }
        return norm > 0 ? (difference / norm).squareRoot() : difference.squareRoot()
    }

    /// (N, C, H, W) to (N, H, W, C); `shape` is the first.
    public static func channelsLast(_ values: [Float], _ shape: [Int]) -> [Float] {
        let (channels, pixels) = (shape[1], shape[2] * shape[3])
        var result = values
        for n in 0..<shape[0] {
            for c in 0..<channels {
                for p in 0..<pixels {
                    result[(n * pixels + p) * channels + c] = values[(n * channels + c) * pixels + p]
                }
            }
        }
        return result
    }
}
