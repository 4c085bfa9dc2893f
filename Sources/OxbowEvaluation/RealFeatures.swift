import OxbowData
import OxbowRandom

/// What a judge's features of a domain's real held-out images are like: what FID compares with, made once.
public struct RealFeatures: Hashable, Sendable {
    /// The FID of real training images: about what a perfect generator would get for as many images.
    public let floor: Double
    private let distance: FrechetDistance

    /// `samples`: how many training images the floor is measured on, at most as many as there are.
    ///
    /// Throws `EvaluationError` where the judge's features are not finite.
    public init(_ domain: Domain, _ judge: Judge, samples: Int) throws(EvaluationError) {
        distance = FrechetDistance(from: try Self.gaussian(domain.test, Array(0..<domain.test.count), judge))
        // Drawn by key: files may be sorted by class. Slots 0 to 3 belong to the trainings.
        var random = RandomStream(seed: JudgeCache.seed, purpose: .judges, slot: 4)
        let drawn = random.permutation(domain.train.count).prefix(samples)
        floor = distance.to(try Self.gaussian(domain.train, Array(drawn), judge))
    }

    /// The FID of images with these features.
    ///
    /// Throws `EvaluationError` where they are not finite.
    public func fid(_ features: FeatureMoments) throws(EvaluationError) -> Double {
        distance.to(try Self.finite(features.gaussian))
    }

    private static func gaussian(_ images: ImageSet, _ indices: [Int], _ judge: Judge) throws(EvaluationError) -> Gaussian {
        var moments = FeatureMoments(width: Judge.featureCount)
        for start in stride(from: 0, to: indices.count, by: Judge.batch) {
            let batch = images.floats(Array(indices[start..<min(start + Judge.batch, indices.count)]))
            moments.add(batch.withUnsafeBufferPointer { judge.features(images: $0) })
        }
        return try finite(moments.gaussian)
    }

    private static func finite(_ gaussian: Gaussian) throws(EvaluationError) -> Gaussian {
        guard gaussian.mean.allSatisfy(\.isFinite), gaussian.covariance.values.allSatisfy(\.isFinite) else {
            let remedy = "Remove the judge's file from the cache, and use images of usual brightness."
            throw EvaluationError("score", "images", "the judge's features of them are not finite", remedy)
        }
        return gaussian
    }
}
