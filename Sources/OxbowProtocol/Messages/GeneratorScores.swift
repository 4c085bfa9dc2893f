/// That a run's workers score their effective generators after barriers, and how.
public struct ScoringSettings: Codable, Hashable, Sendable {
    /// Rounds from one scoring to the next; 0: only after the last round, which is scored always.
    public var every: UInt32
    /// Generated images that are judged, 1 ... `mostSamples`.
    public var samples: UInt32

    public static let mostSamples: UInt32 = 1000

    public init(every: UInt32, samples: UInt32) {
        self.every = every
        self.samples = samples
    }
}

extension Plan {
    /// Whether workers score their generators after the barrier of a round.
    public func scores(after round: UInt32) -> Bool {
        guard let scoring, round >= 1, round <= rounds else { return false }
        return round == rounds || scoring.every > 0 && round.isMultiple(of: scoring.every)
    }
}

/// What a worker's judge says of its effective generator: numbers about generated images.
public struct GeneratorScores: Codable, Hashable, Sendable {
    /// Generated images that were judged.
    public var samples: UInt32
    /// 1 ... the judge's classes, more is better (docs/evaluation.md).
    public var imageScore: Double
    /// From 0, less is better; nil where there are too few held-out images.
    public var fid: Double?
    /// How often the judge sees the label that was asked for, 0 ... 1.
    public var labelAccuracy: Double
    /// On real held-out images, 0 ... 1.
    public var judgeAccuracy: Double

    public init(samples: UInt32, imageScore: Double, fid: Double?, labelAccuracy: Double, judgeAccuracy: Double) {
        self.samples = samples
        self.imageScore = imageScore
        self.fid = fid
        self.labelAccuracy = labelAccuracy
        self.judgeAccuracy = judgeAccuracy
    }

    /// What is wrong with these numbers, in words; nil: they can be.
    public var fault: String? {
        if !(1...ScoringSettings.mostSamples).contains(samples) { return "\(samples) judged images" }
        if !(1...Self.mostImageScore).contains(imageScore) { return "image score \(imageScore)" }
        if let fid, !(fid >= 0 && fid.isFinite) { return "FID \(fid)" }
        if !(0...1).contains(labelAccuracy) { return "label accuracy \(labelAccuracy)" }
        return (0...1).contains(judgeAccuracy) ? nil : "judge's accuracy \(judgeAccuracy)"
    }

    /// As many as there may be classes, and what rounding adds.
    private static let mostImageScore = Double(1 << 20) + 1
}

/// The scores of a round of a run.
public struct RoundScores: Codable, Hashable, Sendable {
    public var run: UInt64
    public var round: UInt32
    /// nil: the worker has none.
    public var scores: GeneratorScores?

    public init(run: UInt64, round: UInt32, scores: GeneratorScores?) {
        self.run = run
        self.round = round
        self.scores = scores
    }
}
