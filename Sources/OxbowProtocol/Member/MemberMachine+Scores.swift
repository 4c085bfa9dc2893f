// Scores of committed barriers: computed elsewhere, beside the work, which never waits for them.
extension MemberMachine {
    /// A barrier is committed: gives the effective generator away, if its round is scored.
    mutating func beginScoring(_ round: UInt32, _ out: inout [MemberDirective]) {
        guard identity.role == .edge, let plan, plan.scores(after: round) else { return }
        scored = (plan.run, round)
        compute(.score(run: plan.run, round: round), for: .silent, &out)
    }

    mutating func takeScores(_ scores: RoundScores, _ out: inout [MemberDirective]) {
        guard scores.run == scored.run, scores.round <= scored.round else {
            return drop("scores of another run, or of a round that is done again", &out)
        }
        var scores = scores
        // What cannot be would cost the session.
        if scores.scores?.fault != nil { scores.scores = nil }
        untoldScores = scores
        tellScores(&out)
    }

    mutating func tellScores(_ out: inout [MemberDirective]) {
        guard session.welcome != nil, let scores = untoldScores else { return }
        untoldScores = nil
        sendControl(.scores(scores), &out)
    }

    /// A plan begins another run, or returns to a barrier: what came after that is void.
    mutating func forgetScores(after barrier: UInt32, of plan: Plan) {
        scored = (plan.run, plan.run == scored.run ? min(scored.round, barrier) : 0)
        if let scores = untoldScores, scores.run != plan.run || scores.round > barrier { untoldScores = nil }
    }
}
