// Scores of workers' generators: for logs and pages. No decision hangs on them, but when the end is told.
extension BrokerMachine {
    /// Once for each worker and committed round that is scored.
    mutating func take(_ told: RoundScores, of id: MemberID, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run, let plan = run.plan, told.run == plan.run, told.round <= run.lastBarrier,
            plan.scores(after: told.round), run.seats[id.slot] != nil, told.round > run.scored[id.slot] ?? 0
        else {
            // Nobody is at fault: the run may have ended, or returned to an older barrier, meanwhile.
            return out.append(
                .note(.refused(.staleBarrier, message: "\(id): scores that are late, told before, or of no committed round")))
        }
        self.run?.scored[id.slot] = told.round
        out.append(.note(.scores(id, round: told.round, told.scores)))
        if told.round == plan.rounds { forgoScores(of: id, now, &out) }
    }

    /// All rounds are done. The scores of the last one are on their way: the end waits for them, but not for long.
    ///
    /// After a return to the last barrier nothing is committed, and so nothing is scored.
    mutating func awaitScores(_ commit: StepControl.Commit, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run, run.plan?.scoring != nil, case .barrier = commit else {
            return finish(.finished, commit: commit, now, &out)
        }
        newTerm(&out)
        let order = StepControl(term: term, members: run.active, commit: commit, next: .pause)
        self.run?.phase = .scoring(Set(run.active), until: now + Self.scoringTime * run.settings.patience)
        out.append(.note(.ordered(order)))
        for id in run.participants { send(.stepControl(order), to: id, &out) }
    }

    /// A judge was trained beside the run; what is left is a matter of seconds, on a slow device of some more.
    static let scoringTime = Duration.seconds(60)

    /// A worker told its last scores, or is gone.
    mutating func forgoScores(of id: MemberID, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard case .scoring(var awaited, let until)? = run?.phase, id.role == .edge else { return }
        awaited.remove(id.slot)
        run?.phase = .scoring(awaited, until: until)
        if awaited.isEmpty { finish(.finished, now, &out) }
    }

    /// The run ends without those who are not done in time.
    mutating func forgoScores(_ now: Duration, _ out: inout [BrokerDirective]) {
        guard case .scoring(_, let until)? = run?.phase, now >= until else { return }
        finish(.finished, now, &out)
    }
}

extension ActiveRun {
    /// All rounds are done, and only scores are missing.
    var isScoring: Bool { if case .scoring = phase { true } else { false } }

    /// Rounds after this one are done again, and scored again.
    mutating func forgetScores(after barrier: UInt32) { scored = scored.mapValues { min($0, barrier) } }
}
