import OxbowEvaluation
import OxbowProtocol
import OxbowReport

// What a fleet's workers told of their generators, as a report has it. Their domains are not told, so they are one.
extension RunRecord {
    /// Means over the workers, by round.
    var scoresByRound: [Int: [String: Scores]] {
        Dictionary(
            uniqueKeysWithValues: committed.compactMap { number, round in
                let told = round.scores.sorted { $0.key < $1.key }.map(\.value)
                guard let first = told.first else { return nil }
                let means = ScoreMeans(told)
                let scores = Scores(
                    samples: Int(first.samples), imageScore: means.imageScore, labelAccuracy: means.labelAccuracy,
                    fid: means.fid)
                return (number, [Report.untold: scores])
            })
    }

    /// Of the newest round that was scored.
    var newestScores: [String: DomainScores] {
        guard let told = committed.last(where: { !$0.round.scores.isEmpty })?.round.scores else { return [:] }
        let workers = told.sorted { $0.key < $1.key }
        let means = ScoreMeans(workers.map(\.value))
        let perWorker = workers.map { member, scores in
            WorkerScores(
                id: member.description, imageScore: scores.imageScore, fid: scores.fid, labelAccuracy: scores.labelAccuracy,
                classification: nil, judgeAccuracy: scores.judgeAccuracy)
        }
        return [
            Report.untold: DomainScores(
                imageScore: means.imageScore, fid: means.fid, labelAccuracy: means.labelAccuracy, classification: nil,
                perWorker: perWorker)
        ]
    }
}

extension ScoreMeans {
    fileprivate init(_ all: [GeneratorScores]) {
        self.init()
        for scores in all { add(scores) }
    }
}
