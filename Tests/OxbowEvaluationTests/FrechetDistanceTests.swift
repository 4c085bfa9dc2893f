import Testing

@testable import OxbowEvaluation

@Suite struct FrechetDistanceTests {
    /// Correlated rows by whole numbers, so that NumPy can make the same ones.
    static func rows(_ count: Int, _ width: Int, _ seed: Int) -> [Float] {
        func number(_ i: Int, _ j: Int) -> Float {
            Float(Double((i * 7919 + j * 104729 + i * j * 31 + seed * (i + 3 * j) * 17 + i * i * 13) % 1009) / 1009)
        }
        return (0..<(count * width)).map { index in
            let (i, j) = (index / width, index % width)
            return j == 0 ? number(i, j) : number(i, j) + number(i, j - 1)
        }
    }

    private func gaussian(_ rows: [Float], _ width: Int) -> Gaussian {
        var moments = FeatureMoments(width: width)
        moments.add(rows)
        return moments.gaussian
    }

    @Test func momentsAreThoseOfNumPy() {
        let gaussian = gaussian(Self.rows(40, 8, 1), 8)
        for (ours, theirs) in zip(gaussian.mean, [0.5376114966347814, 1.0947225153446198, 1.1087215051054955]) {
            #expect(abs(ours - theirs) < 1e-14)
        }
        let covariance = gaussian.covariance
        #expect(abs(covariance[0, 0] - 0.0785984990072968) < 1e-14)
        #expect(abs(covariance[1, 0] - 0.07715324212931632) < 1e-14)
        #expect(abs(covariance[2, 5] - -0.004446993455862849) < 1e-14)
    }

    @Test func momentsDoNotDependOnHowRowsCome() {
        let rows = Self.rows(30, 4, 2)
        var parts = FeatureMoments(width: 4)
        for start in stride(from: 0, to: rows.count, by: 28) { parts.add(Array(rows[start..<min(start + 28, rows.count)])) }
        #expect(parts.gaussian == gaussian(rows, 4))
        #expect(parts.count == 30)
        // A mean a million times the spread.
        let far = gaussian(rows.map { ($0 * 8).rounded() / 8 + 1_048_576 }, 4)
        let near = gaussian(rows.map { ($0 * 8).rounded() / 8 }, 4)
        let worst = zip(far.covariance.values, near.covariance.values).map { abs($0 - $1) }.max() ?? 1
        #expect(worst < 1e-13, "off by \(worst)")
        let single = gaussian([1, 2, 3], 3)
        #expect(single.mean == [1, 2, 3] && single.covariance.values.allSatisfy { $0 == 0 })
    }

    /// Values by scipy.linalg.sqrtm (1.17) on NumPy's covariances, in double; the last has a covariance of rank 59.
    @Test(arguments: [
        (40, 50, 8, 0.17090543046069628, 1e-12), (400, 300, 128, 2.7107127521345262, 1e-11),
        (60, 400, 128, 11.875506327723372, 1e-7),
    ]) func distancesAreThoseOfSciPy(_ n: Int, _ m: Int, _ width: Int, _ expected: Double, _ tolerance: Double) {
        let (first, second) = (gaussian(Self.rows(n, width, 1), width), gaussian(Self.rows(m, width, 5), width))
        let distance = FrechetDistance(from: first).to(second)
        #expect(abs(distance - expected) < tolerance * expected, "\(distance)")
        #expect(abs(FrechetDistance(from: second).to(first) - expected) < 1e-7 * expected)
    }

    @Test func equalSetsAreAtNoDistance() {
        let full = gaussian(Self.rows(400, 128, 1), 128)
        #expect(FrechetDistance(from: full).to(full) < 1e-12 * full.covariance.trace)
        // Half of the features are always 0, as ReLU leaves them.
        let flat = gaussian(Self.rows(60, 128, 1).enumerated().map { $0.offset % 2 == 0 ? $0.element : 0 }, 128)
        #expect(FrechetDistance(from: flat).to(flat) < 1e-6 * flat.covariance.trace)
    }

    @Test func shiftedGaussiansAreAtTheSquareOfTheirShift() {
        let first = gaussian(Self.rows(200, 16, 3), 16)
        var second = first
        for index in second.mean.indices { second.mean[index] += 0.25 * Double(index) }
        let expected = (0..<16).reduce(0) { $0 + 0.0625 * Double($1 * $1) }
        #expect(abs(FrechetDistance(from: first).to(second) - expected) < 1e-10 * expected)
    }

    @Test func diagonalCovariancesAreComparedByTheirRoots() {
        let (a, b): ([Double], [Double]) = ([4, 9, 0, 1, 2.25], [1, 0, 16, 1, 0.25])
        let zero = [Double](repeating: 0, count: 5)
        let distance = FrechetDistance(from: Gaussian(mean: zero, covariance: .diagonal(a)))
        // (2 - 1)^2 + (3 - 0)^2 + (0 - 4)^2 + 0 + (1.5 - 0.5)^2
        #expect(abs(distance.to(Gaussian(mean: zero, covariance: .diagonal(b))) - 27) < 1e-12)
    }
}

@Suite struct RealFeaturesTests {
    @Test func realImagesAreNearerThanNoise() throws {
        let domain = try stripes(300)
        let judge = try Judge.train(on: domain, seed: 1)
        let real = try RealFeatures(domain, judge, samples: 200)
        #expect(real.floor >= 0 && real.floor.isFinite)
        #expect(try RealFeatures(domain, judge, samples: 200) == real)
        var moments = FeatureMoments(width: Judge.featureCount)
        let noise: [Float] = (0..<14_400).map { (number: Int) -> Float in Float(number * number % 101) / 50 - 1 }
        noise.withUnsafeBufferPointer { moments.add(judge.features(images: $0)) }
        #expect(try real.fid(moments) > 4 * real.floor)
        var held = FeatureMoments(width: Judge.featureCount)
        let images = domain.test.floats(Array(0..<domain.test.count))
        images.withUnsafeBufferPointer { held.add(judge.features(images: $0)) }
        #expect(try real.fid(held) < 1e-6 * real.fid(moments))
    }

    @Test func featuresThatAreNoNumbersAreRefused() throws {
        let domain = try stripes(60)
        let real = try RealFeatures(domain, Judge.train(on: domain), samples: 10)
        var moments = FeatureMoments(width: Judge.featureCount)
        moments.add([Float](repeating: .infinity, count: Judge.featureCount))
        #expect(throws: EvaluationError.self) { try real.fid(moments) }
    }
}
