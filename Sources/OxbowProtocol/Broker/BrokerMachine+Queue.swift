import OxbowModel

// Runs: queued, made active, ended.
extension BrokerMachine {
    mutating func submit(_ settings: RunSettings, _ now: Duration, _ out: inout [BrokerDirective]) {
        queue.append(settings)
        out.append(.journal(.queued(run: settings.id), durable: true))
        startNextRun(now, &out)
    }

    mutating func startNextRun(_ now: Duration, _ out: inout [BrokerDirective]) {
        guard run == nil, !queue.isEmpty else { return }
        let settings = queue.removeFirst()
        run = ActiveRun(settings)
        for id in members.keys {
            members[id]?.isReady = false
            members[id]?.standby = nil
        }
        out.append(.journal(.started(run: settings.id), durable: true))
        out.append(.note(.started(run: settings.id, membership: settings.membership)))
        gather(now, &out)
    }

    mutating func stopRun(_ id: String, _ reason: String, _ now: Duration, _ out: inout [BrokerDirective]) {
        if let position = queue.firstIndex(where: { $0.id == id }) {
            remember(FleetStatus.Run(queue.remove(at: position), outcome: .stopped(reason: reason)))
            out.append(.journal(.withdrawn(run: id), durable: true))
        } else if run?.settings.id == id {
            finish(.stopped(reason: reason), now, &out)
        }
    }

    /// The broker is to end. A fleet's runs are left as they are: they go on when it is started again.
    mutating func stop(_ reason: String, _ now: Duration, _ out: inout [BrokerDirective]) {
        if settings.servesOneRun { finish(.stopped(reason: reason), now, &out) } else { leaveRun(now, &out) }
        guard !isEnded else { return }
        isEnded = true
        out.append(.end(.stopped(reason: reason)))
    }

    private mutating func leaveRun(_ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run else { return }
        if case .resting(let outcome, _) = run.phase { return conclude(outcome, now, &out) }
        newTerm(&out)
        let order = StepControl(term: term, members: run.active, commit: .nothing, next: .pause)
        for member in enrolled where member.isComplete { send(.stepControl(order), to: member.id, &out) }
    }

    /// Ends the run under way: all drop it, and rest or leave. One that ended already keeps its outcome.
    mutating func finish(
        _ outcome: RunOutcome, commit: StepControl.Commit = .nothing, _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        guard let run, !run.isOver else { return }
        // Where only scores are missing, all that was to be done is done.
        let outcome = run.isScoring ? .finished : outcome
        let next: StepControl.Next = settings.servesOneRun ? .finish : .rest
        let order = StepControl(term: term, members: run.active, commit: commit, next: next)
        let present = enrolled.filter { $0.control != nil }.map(\.id)
        // Members that heard of the end leave: a broker that died before it knew of it would wait for them for ever.
        out.append(.journal(.ended(outcome), durable: true))
        for id in present { send(.stepControl(order), to: id, &out) }
        if settings.servesOneRun {
            conclude(outcome, now, &out)
            isEnded = true
            out.append(.end(outcome))
        } else {
            let awaited = present.filter { hasPlan($0, run) && members[$0]?.isComplete == true }
            self.run?.phase = .resting(outcome, Set(awaited))
            endIfAllRest(now, &out)
        }
    }

    /// Whether a member was given a plan of the run: who only stood by has nothing to drop, and must not hold up the end.
    private func hasPlan(_ id: MemberID, _ run: ActiveRun) -> Bool {
        run.plan != nil && (run.participants.contains(id) || id.role == .edge && run.seats[id.slot] != nil)
    }

    /// A member said that it is at nothing, or is gone.
    mutating func rested(_ id: MemberID, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard case .resting(let outcome, var awaited)? = run?.phase, awaited.remove(id) != nil else { return }
        run?.phase = .resting(outcome, awaited)
        endIfAllRest(now, &out)
    }

    private mutating func endIfAllRest(_ now: Duration, _ out: inout [BrokerDirective]) {
        guard case .resting(let outcome, let awaited)? = run?.phase, awaited.isEmpty else { return }
        conclude(outcome, now, &out)
        startNextRun(now, &out)
    }

    private mutating func conclude(_ outcome: RunOutcome, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run else { return }
        remember(FleetStatus.Run(run, self, now, outcome: outcome))
        self.run = nil
        out.append(.note(.ended(outcome)))
    }

    private mutating func remember(_ run: FleetStatus.Run) { ended = (ended + [run]).suffix(Self.remembered) }

    /// Ended runs that are told of.
    private static let remembered = 100
}
