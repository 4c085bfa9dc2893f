import COxbowWire
import OxbowProtocol

extension WireArena {
    func scores(_ scores: RoundScores) -> UnsafeMutablePointer<Oxbow__V1__RoundScores> {
        new(oxbow__v1__round_scores__init) {
            $0.run = scores.run
            $0.round = scores.round
            if let scores = scores.scores { $0.scores = self.scores(scores) }
        }
    }

    private func scores(_ scores: GeneratorScores) -> UnsafeMutablePointer<Oxbow__V1__GeneratorScores> {
        new(oxbow__v1__generator_scores__init) {
            $0.samples = scores.samples
            $0.image_score = scores.imageScore
            $0.has_fid = scores.fid == nil ? 0 : 1
            $0.fid = scores.fid ?? 0
            $0.label_accuracy = scores.labelAccuracy
            $0.judge_accuracy = scores.judgeAccuracy
        }
    }

    func scoring(_ scoring: ScoringSettings) -> UnsafeMutablePointer<Oxbow__V1__Scoring> {
        new(oxbow__v1__scoring__init) {
            $0.every = scoring.every
            $0.samples = scoring.samples
        }
    }
}

extension RoundScores {
    init(_ message: Oxbow__V1__RoundScores) {
        self.init(run: message.run, round: message.round, scores: message.scores.map { GeneratorScores($0.pointee) })
    }
}

extension GeneratorScores {
    fileprivate init(_ message: Oxbow__V1__GeneratorScores) {
        self.init(
            samples: message.samples, imageScore: message.image_score, fid: message.has_fid == 0 ? nil : message.fid,
            labelAccuracy: message.label_accuracy, judgeAccuracy: message.judge_accuracy)
    }
}

extension ScoringSettings {
    init(_ message: Oxbow__V1__Scoring) { self.init(every: message.every, samples: message.samples) }
}

extension WireRules {
    func check(_ scores: RoundScores) throws(WireError) {
        try place(round: scores.round)
        if let fault = scores.scores?.fault { try require(false, "\(fault) cannot be") }
    }

    func check(_ scoring: ScoringSettings) throws(WireError) {
        try place(round: scoring.every)
        try range("judged images", Int(scoring.samples), 1...Int(ScoringSettings.mostSamples))
    }
}
