/// Means of scores over the workers that told theirs; of the FID over those that have one.
public struct ScoreMeans: Hashable, Sendable {
    public private(set) var workers = 0
    private var withFID = 0
    private var imageScores = 0.0
    private var labelAccuracies = 0.0
    private var fids = 0.0

    public init() {}

    public mutating func add(_ scores: GeneratorScores) {
        workers += 1
        imageScores += scores.imageScore
        labelAccuracies += scores.labelAccuracy
        guard let fid = scores.fid else { return }
        withFID += 1
        fids += fid
    }

    // 0 while nobody told any.
    public var imageScore: Double { imageScores / Double(max(1, workers)) }
    public var labelAccuracy: Double { labelAccuracies / Double(max(1, workers)) }
    public var fid: Double? { withFID == 0 ? nil : fids / Double(withFID) }
}
