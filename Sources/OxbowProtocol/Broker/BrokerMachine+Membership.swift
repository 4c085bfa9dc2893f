import OxbowModel

// Joins, leaves, losses, and those who are too slow (docs/fleet.md).
extension BrokerMachine {
    /// Both lanes of a member are there.
    mutating func memberComplete(_ id: MemberID, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run else { return }
        switch run.phase {
        case .gathering:
            lookAgain()
            gather(now, &out)
        case .planning, .scoring, .resting: break
        case .loading, .running, .replanning: welcomeNewcomer(id, run, &out)
        }
    }

    private mutating func welcomeNewcomer(_ id: MemberID, _ run: ActiveRun, _ out: inout [BrokerDirective]) {
        guard id.role == .edge else { return }
        guard run.settings.membership == .elastic else {
            return standBy(id, "the run keeps to the workers that it began with", &out)
        }
        members[id]?.standby = nil
        lookAgain()
        seat(&out)
        if self.run?.seats[id.slot] != nil { introduce(id.slot, &out) }
    }

    /// The fleet changed: cuts may be found now for those who had none.
    private mutating func lookAgain() {
        for slot in run?.unplaced ?? [] { members[.edge(slot)]?.standby = nil }
        run?.unplaced.removeAll()
    }

    /// Lets a newcomer of an elastic run prepare: it enters at a barrier to come. One that was there at the last barrier goes
    /// on from its own state of it.
    mutating func introduce(_ slot: UInt32, _ out: inout [BrokerDirective]) {
        guard let run, var plan = run.plan, let member = members[.edge(slot)], run.settings.membership == .elastic else {
            return
        }
        var barrier: UInt32 = 0
        // One that is in the plan still, since no barrier passed without it, keeps its cuts.
        var place = run.assignment(of: slot) ?? leastCuts(slot).flatMap { assignment(slot, $0) }
        if loadable(member).contains(run.lastBarrier),
            let own = run.assignments[run.lastBarrier]?.first(where: { $0.slot == slot })
        {
            (barrier, place) = (run.lastBarrier, own)
        }
        guard let place else { return }
        plan.assignments = (plan.assignments.filter { $0.slot != slot } + [place]).sorted { $0.slot < $1.slot }
        members[.edge(slot)]?.isReady = false
        send(.plan(plan, startBarrier: barrier, term: term), to: .edge(slot), &out)
    }

    /// What a loss does to the work under way (docs/architecture.md, Membership).
    mutating func memberLost(_ id: MemberID, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run else { return }
        if id.role == .edge { self.run?.leaving[id.slot] = nil }
        lookAgain()
        switch run.phase {
        case .gathering: break
        case .scoring: forgoScores(of: id, now, &out)
        case .resting: rested(id, now, &out)
        case .planning: if id.role == .core || run.searched.contains(id.slot) { replan(now, &out) }
        case .loading:
            if run.participants.contains(id) { pause(now, &out) }
        case .replanning(_, let last):
            guard run.participants.contains(id) else {
                if run.searched.contains(id.slot) { beginBarrier(last, now, &out) }
                return
            }
            guard goOn(without: [id], run) else { return pause(now, &out) }
            newTerm(&out)
            beginBarrier(last, now, &out)
        case .running(let current, _):
            guard run.participants.contains(id) else { return }
            if goOn(without: [id], run) { repeatWork(current, now, &out) } else { pause(now, &out) }
        }
    }

    /// Takes members out of an elastic run if the rest may go on.
    private mutating func goOn(without ids: [MemberID], _ run: ActiveRun) -> Bool {
        let rest = run.active.filter { !ids.contains(.edge($0)) }
        // A barrier needs at least one that has trained.
        guard run.settings.membership == .elastic, !ids.contains(where: { $0.role == .core }), hasQuorum(rest.count),
            rest.contains(where: { !run.newcomers.contains($0) })
        else { return false }
        self.run?.active = rest
        return true
    }

    private mutating func repeatWork(_ current: StepControl, _ now: Duration, _ out: inout [BrokerDirective]) {
        newTerm(&out)
        switch current.next {
        case .half(let half, _): order(.nothing, .half(half, regenerate: half.half == .generator), now, &out)
        default:
            let rest = (current.amendment ?? run?.plan?.assignments ?? []).filter { run?.active.contains($0.slot) == true }
            order(.nothing, current.next, amendment: rest == run?.plan?.assignments ? nil : rest, now, &out)
        }
    }

    /// All stop and keep what is committed, until those who are needed are back.
    mutating func pause(_ now: Duration, _ out: inout [BrokerDirective]) {
        run?.committedAnswers = nil
        newTerm(&out)
        let order = StepControl(term: term, members: run?.active ?? [], commit: .nothing, next: .pause)
        run?.phase = .gathering
        run?.gatheringSince = now
        // Nobody waits for them now.
        for slot in (run?.leaving.keys.sorted() ?? []) { letGo(.edge(slot), run?.leaving[slot] ?? "", &out) }
        for member in enrolled where member.isComplete { send(.stepControl(order), to: member.id, &out) }
        gather(now, &out)
    }

    // MARK: Leaving

    /// A member wishes to go. One whose work others wait for goes at the end of the step.
    mutating func leave(_ id: MemberID, _ reason: String, _ now: Duration, _ out: inout [BrokerDirective]) {
        if let run, run.settings.membership == .elastic, id.role == .edge, run.active.contains(id.slot) {
            switch run.phase {
            case .running, .replanning:
                self.run?.leaving[id.slot] = reason
                return
            default: break
            }
        }
        letGo(id, reason, &out)
        memberLost(id, now, &out)
    }

    private mutating func letGo(_ id: MemberID, _ reason: String, _ out: inout [BrokerDirective]) {
        send(.goodbye(reason: reason), to: id, &out)
        unbind(id, supersede: false, &out)
        if id.role == .edge {
            run?.leaving[id.slot] = nil
            // A strict run keeps its place, and waits.
            if run?.settings.membership == .elastic { run?.seats[id.slot] = nil }
        }
        members[id]?.hasLeft = true
        out.append(.journal(.lost(id, reason: JournalRecord.leaving(reason)), durable: true))
        out.append(.note(.left(id, reason: reason)))
    }

    /// A step is done: those who wished to leave go now.
    /// - Returns: false if the rest cannot go on without them.
    mutating func grantLeaves(_ now: Duration, _ out: inout [BrokerDirective]) -> Bool {
        guard let run else { return false }
        let leavers = run.active.filter { run.leaving[$0] != nil }.map { MemberID.edge($0) }
        guard !leavers.isEmpty else { return true }
        let goesOn = goOn(without: leavers, run)
        if goesOn { newTerm(&out) }
        for id in leavers { letGo(id, run.leaving[id.slot] ?? "", &out) }
        if !goesOn { pause(now, &out) }
        return goesOn
    }

    // MARK: Too slow

    /// Elastic: who is late while all others are there sits out, so that these can go on.
    mutating func sidelineTheLate(_ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run, run.settings.membership == .elastic else { return }
        let (round, step) = run.position
        switch run.phase {
        case .running(let current, let saved):
            let late = lateMembers(run, current, now)
            if !late.isEmpty { return sitOut(late, "too slow for its tier in round \(round) step \(step)", now, &out) }
            // All answered at the barrier: who has not saved yet?
            guard case .barrier = current.next, saved[.core()] != nil else { return }
            sitOut(unconfirmed(run, now) { saved[.edge($0)] == nil }, "too slow to save round \(round)", now, &out)
        case .loading(let barrier):
            let slow = unconfirmed(run, now) { members[.edge($0)]?.isReady != true }
            sitOut(slow, "too slow to load barrier \(barrier)", now, &out)
        default: break
        }
    }

    /// An elastic run goes on without these edges, if the rest may; they keep their sessions, and enter again at a barrier to come.
    mutating func sitOut(_ slots: [UInt32], _ reason: String, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run, !slots.isEmpty, goOn(without: slots.map { .edge($0) }, run) else { return }
        for slot in slots { sideline(slot, reason, &out) }
        switch run.phase {
        case .running(let current, _): repeatWork(current, now, &out)
        default:
            newTerm(&out)
            beginIfLoaded(now, &out)
        }
        for slot in slots {
            if let reason = run.leaving[slot] { letGo(.edge(slot), reason, &out) } else { introduce(slot, &out) }
        }
    }

    /// Active edges that are not done loading or saving long after others were: nobody knows how long that takes, so these say it.
    private func unconfirmed(_ run: ActiveRun, _ now: Duration, _ isMissing: (UInt32) -> Bool) -> [UInt32] {
        let (began, last) = (run.confirmation.began, run.confirmation.last)
        guard let last, now - began > ((last - began) * 4 + .seconds(30)) * run.settings.patience else { return [] }
        return run.active.filter(isMissing)
    }

    private mutating func sideline(_ slot: UInt32, _ reason: String, _ out: inout [BrokerDirective]) {
        guard let run else { return }
        let times = (run.sidelined[slot]?.times ?? 0) + 1
        let round = run.position.round
        self.run?.sidelined[slot] = .init(until: round + (1 << UInt32(min(times - 1, 3))) - 1, times: times)
        out.append(.journal(.sidelined(.edge(slot), reason: reason), durable: true))
        out.append(.note(.sidelined(.edge(slot), reason: reason)))
    }

    /// Those that everybody waits for, if all of them are past their deadlines and somebody else is not.
    private func lateMembers(_ run: ActiveRun, _ order: StepControl, _ now: Duration) -> [UInt32] {
        for exchange in exchanges(order.next) {
            let here = Set(run.routed.filter { $0.exchange == exchange && $0.direction == .up }.map(\.slot))
            let missing = order.members.filter { !here.contains($0) }
            if missing.isEmpty { continue }
            guard !here.isEmpty else { return [] }
            let allLate = missing.allSatisfy { slot in
                run.times.isLate(
                    .edge(slot), tier: members[.edge(slot)]?.tier ?? "", exchange, patience: run.settings.patience, at: now)
            }
            return allLate ? missing : []
        }
        return []
    }
}
