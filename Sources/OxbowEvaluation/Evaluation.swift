import OxbowKernels
import OxbowModel

/// What a judge says of a generator's images.
public struct Scores: Codable, Hashable, Sendable {
    /// How many images were judged.
    public var samples: Int
    /// exp of the mean KL(p(y|x) || p(y)): 1 ... classes, more is better.
    public var imageScore: Double
    /// How often the judge sees the label that was asked for.
    public var labelAccuracy: Double
    /// Between the judge's features of these images and of real held-out ones; nil where it was not asked for.
    public var fid: Double?

    public init(samples: Int, imageScore: Double, labelAccuracy: Double, fid: Double? = nil) {
        self.samples = samples
        self.imageScore = imageScore
        self.labelAccuracy = labelAccuracy
        self.fid = fid
    }
}

/// The image score of given probabilities.
public enum ImageScore {
    /// exp of the mean KL(p(y|x) || p(y)), in double, over rows of `classes` probabilities; 1 without rows.
    public static func of(_ probabilities: [Float], classes: Int) -> Double {
        var tally = ScoreTally(classes: classes)
        tally.add(probabilities, labels: [Int32](repeating: 0, count: probabilities.count / classes))
        return tally.imageScore
    }
}

/// Scores generators by judges.
public enum Evaluation {
    /// Judges `samples` images whose labels are i mod the judge's classes; a function of generator, judge and seed.
    ///
    /// With `real`, which is of the same judge, the FID too. `check` is called for each batch; what it throws ends the work.
    /// Throws `EvaluationError` when generator and judge do not fit, or when an image holds something that is no number.
    public static func evaluate(
        _ sampler: GeneratorSampler, _ judge: Judge, real: RealFeatures? = nil, samples: Int = 5000, seed: UInt64,
        check goesOn: () throws -> Void = {}
    ) throws -> Scores {
        try check(sampler.model, judge.form)
        let labels = (0..<samples).map { Int32($0 % judge.form.classes) }
        var tally = ScoreTally(classes: judge.form.classes)
        var moments = FeatureMoments(width: Judge.featureCount)
        try sampler.forEachBatch(labels: labels, seed: seed, series: .scores) { images, range in
            try goesOn()
            try checkFinite(images)
            let (probabilities, features) = judge.judgements(images: images)
            tally.add(probabilities, labels: Array(labels[range]))
            if real != nil { moments.add(features) }
        }
        return Scores(
            samples: samples, imageScore: tally.imageScore, labelAccuracy: tally.accuracy, fid: try real?.fid(moments))
    }

    static func checkFinite(_ images: UnsafeBufferPointer<Float>) throws(EvaluationError) {
        guard images.allSatisfy(\.isFinite) else {
            let remedy = "Its training has diverged: use an earlier one, or a lower learning rate."
            throw EvaluationError("score", "generator", "its images hold values that are not finite", remedy)
        }
    }

    /// Throws unless a generator of this model makes images that a judge of this form knows.
    public static func check(_ model: ModelDescription, _ form: ImageForm) throws(EvaluationError) {
        let made = ImageForm(
            height: model.image.height, width: model.image.width, channels: model.image.channels,
            classes: model.parameters.classes)
        guard made.image == form.image, made.classes >= form.classes else {
            let reason = "it makes images of \(made), where the judge knows \(form)"
            throw EvaluationError("score", "generator", reason, "Choose a domain of the same form.")
        }
    }
}
