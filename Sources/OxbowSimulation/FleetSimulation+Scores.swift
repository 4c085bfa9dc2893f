import OxbowProtocol

// Scores: virtual workers tell symbolic numbers after a while, or that they have none, or nothing.
extension FleetSimulation {
    func score(_ index: Int, _ run: UInt64, _ round: UInt32) {
        let process = members[index]
        guard !chance(faults.unscored) else { return }
        let numbers = GeneratorScores(
            samples: 1, imageScore: 1 + Double(round), fid: round.isMultiple(of: 2) ? nil : Double(index),
            labelAccuracy: 0.5, judgeAccuracy: 1)
        let scores = RoundScores(run: run, round: round, scores: chance(faults.unscored) ? nil : numbers)
        queue.add(.scored(member: index, life: process.life, scores), at: now + draw(faults.scoring))
    }

    func scored(_ index: Int, _ life: UInt64, _ scores: RoundScores) {
        guard members[index].life == life else { return }
        tell(index, .scored(scores))
    }

    /// The broker took scores.
    func scored(_ member: MemberID, _ round: UInt32) {
        scores.append((member, round))
        invariants.scored(member, round, self)
    }
}
