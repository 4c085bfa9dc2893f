/// Scores of one domain at the end of a run.
public struct DomainScores: Codable, Hashable, Sendable {
    public var imageScore: Double
    /// Between the features of generated and of real held-out images; less is better.
    public var fid: Double?
    public var labelAccuracy: Double
    /// Nil where it was not asked for.
    public var classification: Classification?
    /// By slot.
    public var perWorker: [WorkerScores]

    public init(
        imageScore: Double, fid: Double?, labelAccuracy: Double, classification: Classification?, perWorker: [WorkerScores]
    ) {
        self.imageScore = imageScore
        self.fid = fid
        self.labelAccuracy = labelAccuracy
        self.classification = classification
        self.perWorker = perWorker
    }
}

/// Scores of one worker's effective generator: its own blocks, and the core's.
public struct WorkerScores: Codable, Hashable, Sendable {
    public var id: String
    public var imageScore: Double
    public var fid: Double?
    public var labelAccuracy: Double
    public var classification: Classification?
    /// On real held-out images, of the worker's own judge; nil where the domain's judged.
    public var judgeAccuracy: Double?

    public init(
        id: String, imageScore: Double, fid: Double?, labelAccuracy: Double, classification: Classification?,
        judgeAccuracy: Double? = nil
    ) {
        self.id = id
        self.imageScore = imageScore
        self.fid = fid
        self.labelAccuracy = labelAccuracy
        self.classification = classification
        self.judgeAccuracy = judgeAccuracy
    }
}

/// How a classifier that saw generated images only does on real test images.
public struct Classification: Codable, Hashable, Sendable {
    public var accuracy: Double
    /// Means over the classes, each of the same weight.
    public var precision: Double
    public var recall: Double
    public var f1: Double
    public var fpr: Double
    /// Generated images it was trained on, and how often each was shown.
    public var images: Int
    public var epochs: Int

    public init(accuracy: Double, precision: Double, recall: Double, f1: Double, fpr: Double, images: Int, epochs: Int) {
        self.accuracy = accuracy
        self.precision = precision
        self.recall = recall
        self.f1 = f1
        self.fpr = fpr
        self.images = images
        self.epochs = epochs
    }
}

/// How far a domain's judge can be trusted.
public struct JudgeFacts: Codable, Hashable, Sendable {
    /// On real images it was not trained on.
    public var accuracy: Double
    /// The image score of real images, which a generator can hardly beat.
    public var realScore: Double
    /// The FID of real training images, for orientation: it hangs on how many there are.
    public var realFid: Double?
    /// To load or train it.
    public var seconds: Double

    public init(accuracy: Double, realScore: Double, seconds: Double, realFid: Double? = nil) {
        self.accuracy = accuracy
        self.realScore = realScore
        self.seconds = seconds
        self.realFid = realFid
    }
}
