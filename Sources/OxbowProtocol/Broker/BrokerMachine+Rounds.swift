import OxbowModel

// From a full fleet to a finished run: plan, halves, barriers.
extension BrokerMachine {
    /// Plans, or returns to the last barrier, once all that are needed are here.
    mutating func gather(_ now: Duration, _ out: inout [BrokerDirective]) {
        guard run?.phase == .gathering else { return }
        // Until there is a plan, seats go by slot, not by who came first.
        if run?.plan == nil { run?.seats.removeAll() }
        seat(&out)
        guard let run, missing().isEmpty else { return }
        guard run.plan == nil else { return load(now, &out) }
        let slots = seated().map(\.id.slot)
        guard let number = search(slots, &out) else {
            return finish(.failed(message: "Unable to plan: the run's model cannot be."), now, &out)
        }
        self.run?.phase = .planning(number)
    }

    /// Those who keep the last barrier are waited for as long as one that is leaving would be; then an elastic run goes on from an
    /// older one.
    mutating func forgoLastBarrier(_ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run, run.phase == .gathering, run.plan != nil, !run.forgoesLastBarrier else { return }
        guard let since = run.gatheringSince else {
            self.run?.gatheringSince = now
            return
        }
        guard now - since >= settings.lease * 6 else { return }
        self.run?.forgoesLastBarrier = true
        gather(now, &out)
    }

    /// Orders all to load the newest barrier that they can go on from.
    mutating func load(_ now: Duration, _ out: inout [BrokerDirective]) {
        guard let start = startingPoint() else {
            // Nobody is left of those who could go on: the run begins anew with those who are here.
            run?.forgetProgress()
            return gather(now, &out)
        }
        noteReturn(start.barrier, &out)
        run?.gatheringSince = nil
        run?.forgoesLastBarrier = false
        let assignments = run?.assignments[start.barrier] ?? []
        run?.lastBarrier = start.barrier
        run?.forgetScores(after: start.barrier)
        run?.plan?.assignments = assignments
        run?.active = start.edges
        run?.newcomers = []
        run?.committedAnswers = nil
        newTerm(&out)
        run?.phase = .loading(barrier: start.barrier)
        run?.confirmation = .init(began: now)
        guard let run, let plan = run.plan else { return }
        for id in run.participants {
            members[id]?.isReady = false
            members[id]?.standby = nil
            send(.plan(plan, startBarrier: start.barrier, term: term), to: id, &out)
        }
        // Who came while cuts were searched has no seat yet.
        seat(&out)
        for member in seated() where !run.active.contains(member.id.slot) { introduce(member.id.slot, &out) }
    }

    /// Tells to which barrier a run that was under way returns, and who lacks the last one.
    private func noteReturn(_ barrier: UInt32, _ out: inout [BrokerDirective]) {
        guard let run, term > 0, run.hasStarted else { return }
        let lacking = run.participants.filter { id in members[id].map { !loadable($0).contains(run.lastBarrier) } ?? true }
        out.append(.note(.returned(barrier: barrier, lacking: barrier < run.lastBarrier ? lacking : [])))
    }

    /// The newest barrier that the core and enough edges can load, and those edges: strict needs all of them, elastic one;
    /// the others enter at the next barrier. Everybody can make the initial state, barrier 0.
    private func startingPoint() -> (barrier: UInt32, edges: [UInt32])? {
        guard let run else { return nil }
        let core = members[.core()].map(loadable) ?? []
        for barrier in core.filter({ $0 <= run.lastBarrier && $0 > 0 }).sorted(by: >) {
            let planned = run.assignments[barrier] ?? []
            let able = planned.map(\.slot).filter { slot in
                members[.edge(slot)].map { isSeated($0) && loadable($0).contains(barrier) } ?? false
            }
            let enough = run.settings.membership == .strict ? able.count == planned.count : true
            if enough, !able.isEmpty { return (barrier, able) }
        }
        let first = (run.assignments[0] ?? []).map(\.slot).filter { members[.edge($0)].map(isSeated) == true }
        return first.isEmpty ? nil : (0, first)
    }

    /// Barriers of this run whose state a member has.
    func loadable(_ member: Member) -> [UInt32] {
        member.savedRun == run?.plan?.run ? member.savedBarriers : []
    }

    /// A new term: what was under way is void, but for the answers of the half that is committed.
    mutating func newTerm(_ out: inout [BrokerDirective]) {
        term = min(term, .max - 1) + 1
        run?.routed.removeAll()
        run?.times.interrupt()
        // Without this, members that send anew after each of several losses would run out of credits while a slow link
        // still carries what nobody needs.
        for id in members.keys { members[id]?.underWay = 0 }
        out.append(.dropBodies(before: term, sparing: run?.committedAnswers))
        out.append(.journal(.term(term, members: run?.active ?? []), durable: true))
    }

    mutating func ready(
        _ id: MemberID, _ barrier: UInt32, _ digest: [UInt8], _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        guard let run else { return }
        guard case .loading(let expected) = run.phase, run.participants.contains(id) else {
            members[id]?.isReady = true  // a newcomer, which enters at the next barrier
            return
        }
        guard barrier == expected else { return }  // the answer to an earlier plan
        if let committed = run.digests[barrier]?[id], committed != digest {
            // It saved this barrier before the barrier was repeated without it: another state.
            members[id]?.savedBarriers.removeAll { $0 == barrier }
            out.append(.note(.refused(.staleBarrier, message: "\(id): its state of barrier \(barrier) is not the committed one")))
            return pause(now, &out)
        }
        members[id]?.isReady = true
        self.run?.confirmation.last = now
        beginIfLoaded(now, &out)
    }

    /// The next round begins once all have loaded.
    mutating func beginIfLoaded(_ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run, case .loading = run.phase, run.participants.allSatisfy({ members[$0]?.isReady == true })
        else { return }
        begin(round: run.lastBarrier + 1, commit: .nothing, now, &out)
    }

    /// Orders the first half of a round, or the end.
    private mutating func begin(
        round: UInt32, commit: StepControl.Commit, _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        run?.measured.removeAll()
        run?.lastStepEnd = now
        guard let plan = run?.plan, round <= plan.rounds else { return awaitScores(commit, now, &out) }
        order(commit, .half(HalfStep(round: round, step: 0, half: .discriminator), regenerate: false), now, &out)
    }

    mutating func order(
        _ commit: StepControl.Commit, _ next: StepControl.Next, amendment: [Assignment]? = nil, _ now: Duration,
        _ out: inout [BrokerDirective]
    ) {
        guard let run else { return }
        let order = StepControl(term: term, members: run.active, commit: commit, next: next, amendment: amendment)
        self.run?.routed.removeAll(keepingCapacity: true)
        self.run?.questions.removeAll(keepingCapacity: true)
        self.run?.answers = 0
        self.run?.artifacts = .init()
        self.run?.unsaved.removeAll()
        self.run?.confirmation = .init(began: now)
        self.run?.phase = .running(order, saved: [:])
        self.run?.hasStarted = true
        for slot in run.active { self.run?.times.beginIfIdle(.edge(slot), at: now) }
        out.append(.note(.ordered(order)))
        for id in run.participants { send(.stepControl(order), to: id, &out) }
    }

    /// The core has answered every member in a half's last exchange: the half is committed.
    mutating func halfAnswered(_ half: HalfStep, _ now: Duration, _ out: inout [BrokerDirective]) {
        let last: Exchange = half.half == .discriminator ? .discriminatorGradients : .generatorGradients
        run?.committedAnswers = CommittedAnswers(round: half.round, step: half.step, exchange: last)
        out.append(.journal(.committed(half), durable: false))
        out.append(.note(.committed(half)))
        switch half.half {
        case .discriminator:
            let next = HalfStep(round: half.round, step: half.step, half: .generator)
            order(.half(half), .half(next, regenerate: false), now, &out)
        case .generator:
            stepDone(now)
            afterStep(half, now, &out)
        }
    }

    private mutating func stepDone(_ now: Duration) {
        run?.stepEnded(at: now)
    }

    /// Lets those go who wished it, then orders the next step or the barrier.
    private mutating func afterStep(_ half: HalfStep, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard grantLeaves(now, &out), let plan = run?.plan else { return }
        guard half.step + 1 < plan.stepsPerRound else { return beginBarrier(half, now, &out) }
        let next = HalfStep(round: half.round, step: half.step + 1, half: .discriminator)
        order(.half(half), .half(next, regenerate: false), now, &out)
    }

    /// Newcomers that are ready enter here: they contribute nothing and receive the mean. If anything changed that cuts
    /// depend on, they are searched anew first.
    mutating func beginBarrier(_ last: HalfStep, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run, let plan = run.plan else { return }
        let slots = (run.active + joining(last.round)).sorted()
        let changed = slots != plan.assignments.map(\.slot)
        let isImposed = !run.settings.scheduling.imposed.isEmpty
        let replanning = isImposed ? .off : run.settings.scheduling.replanning
        if replanning == .measured { takeSpeeds() }
        if replanning == .measured || changed && replanning == .declared, let number = search(slots, &out) {
            self.run?.phase = .replanning(number, last: last)
        } else {
            orderBarrier(last, amendment: slots.compactMap { unsearched($0, run, last.round) }, now, &out)
        }
    }

    /// Without a search: what is imposed, else what a worker has, else the least.
    private func unsearched(_ slot: UInt32, _ run: ActiveRun, _ round: UInt32) -> Assignment? {
        let name = members[.edge(slot)]?.workerID ?? ""
        if let imposed = run.settings.scheduling.imposed(on: name, after: round) { return assignment(slot, imposed) }
        return run.assignment(of: slot) ?? leastCuts(slot).flatMap { assignment(slot, $0) }
    }

    /// - Parameter amendment: for everybody who takes part, by rising slot.
    mutating func orderBarrier(
        _ last: HalfStep, amendment: [Assignment], _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        guard let run, let plan = run.plan else { return }
        let slots = amendment.map(\.slot)
        if slots != run.active {
            self.run?.newcomers = Set(slots).subtracting(run.active)
            self.run?.active = slots
            newTerm(&out)
        }
        let changes = amendment != plan.assignments
        order(.half(last), .barrier(last.round), amendment: changes ? amendment : nil, now, &out)
    }

    mutating func saved(
        _ id: MemberID, _ term: UInt32, _ round: UInt32, _ digest: [UInt8], artifacts: Int, _ now: Duration,
        _ out: inout [BrokerDirective]
    ) {
        guard let run, case .running(let current, var saved) = run.phase, current.next == .barrier(round),
            term == current.term, run.participants.contains(id)
        else { return }
        saved[id] = digest
        self.run?.unsaved[id] = nil
        self.run?.confirmation.last = now
        self.run?.phase = .running(current, saved: saved)
        if id.role == .core { self.run?.artifacts.promised = min(artifacts, run.mostArtifacts) }
        commitIfSaved(now, &out)
    }

    /// A member's disk is full, for one. Nothing of the run is lost: it tries again. An elastic run goes on without it meanwhile,
    /// if the rest may; else the barrier waits, and the status says for whom and why.
    mutating func saveFailed(
        _ id: MemberID, _ term: UInt32, _ round: UInt32, _ reason: String, _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        guard let run, case .running(let current, let saved) = run.phase, current.next == .barrier(round),
            term == current.term, run.participants.contains(id), saved[id] == nil
        else { return }
        if run.unsaved[id] != reason { out.append(.note(.saveFailed(id, round: round, reason: reason))) }
        self.run?.unsaved[id] = reason
        if id.role == .edge { sitOut([id.slot], "it cannot save its state: \(reason)", now, &out) }
    }

    /// The barrier is committed once all have saved it and the files that the core promised are here.
    mutating func commitIfSaved(_ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run, case .running(let current, let saved) = run.phase, case .barrier(let round) = current.next,
            run.participants.allSatisfy({ saved[$0] != nil }), run.artifacts.stored >= run.artifacts.promised
        else { return }
        commitBarrier(round, saved, current.amendment, now, &out)
    }

    private mutating func commitBarrier(
        _ round: UInt32, _ saved: [MemberID: [UInt8]], _ amendment: [Assignment]?, _ now: Duration,
        _ out: inout [BrokerDirective]
    ) {
        guard let run else { return }
        let digests = run.participants.sorted().map { MemberDigest(member: $0, digest: saved[$0] ?? []) }
        for id in run.participants {
            let older = members[id].map(loadable)?.filter { $0 < round } ?? []
            members[id]?.savedRun = run.plan?.run ?? 0
            members[id]?.savedBarriers = (older + [round]).suffix(2)
        }
        if let amendment {
            self.run?.plan?.assignments = amendment
            out.append(.journal(.amended(round: round, amendment), durable: false))
            out.append(.note(.amended(round: round, amendment)))
        }
        self.run?.keep(round, saved)
        out.append(.journal(.barrier(round: round, digests: digests), durable: true))
        out.append(.note(.timings(round: round, self.run?.times.takeRound() ?? [])))
        out.append(.note(.deadlines(round: round, run.times.deadlines(patience: run.settings.patience))))
        out.append(.note(.barrier(round: round, digests: digests, traffic: run.traffic)))
        if amendment != nil { noteModelled(&out) }
        begin(round: round + 1, commit: .barrier(round), now, &out)
    }
}

extension ActiveRun {
    /// Begins anew with those who are here.
    fileprivate mutating func forgetProgress() {
        (plan, phase, lastBarrier) = (nil, .gathering, 0)
        assignments.removeAll()
        digests.removeAll()
        sidelined.removeAll()
        scored.removeAll()
    }

    fileprivate mutating func stepEnded(at now: Duration) {
        if let start = lastStepEnd { stepTimes = (stepTimes + [now - start]).suffix(64) }
        lastStepEnd = now
    }

    /// A barrier is committed: what a return to it, or to the one before, would need.
    fileprivate mutating func keep(_ round: UInt32, _ saved: [MemberID: [UInt8]]) {
        lastBarrier = round
        digests = digests.filter { $0.key + 1 >= round }
        digests[round] = saved
        assignments = assignments.filter { $0.key == 0 || $0.key + 1 >= round }
        assignments[round] = plan?.assignments ?? []
        // Who went through a whole round in time starts with a clean slate.
        for slot in active where !newcomers.contains(slot) { sidelined[slot] = nil }
        newcomers = []
        traffic.removeAll()
    }
}
