import OxbowModel

// What the fleet does now, in values for people.
extension BrokerMachine {
    /// - Parameter now: as given to `handle`.
    public func status(at now: Duration) -> FleetStatus {
        FleetStatus(
            members: enrolled.map { status($0, now) },
            runs: ended + [run.map { FleetStatus.Run($0, self, now) }].compactMap { $0 }
                + queue.map { FleetStatus.Run($0, outcome: nil) })
    }

    private func status(_ member: Member, _ now: Duration) -> FleetStatus.Member {
        let speed = member.capabilities.speeds.speed(at: run?.settings.template.model.width ?? 1)
        return FleetStatus.Member(
            id: member.id.description, workerID: member.workerID, tier: member.tier, isConnected: member.isComplete,
            sessionEpoch: member.sessionEpoch, silentSeconds: member.isComplete ? (now - member.lastHeard).inSeconds : nil,
            activity: activity(member), round: member.heartbeat.round, step: member.heartbeat.step, standby: member.standby,
            gflops: speed?.gflops ?? 0, link: member.link, tags: member.capabilities.tags)
    }

    private func activity(_ member: Member) -> FleetStatus.Activity {
        guard member.isComplete else { return .away }
        guard let run else { return .idle }
        let isActive = run.participants.contains(member.id)
        switch run.phase {
        case .running where isActive, .replanning where isActive: return member.heartbeat.busy ? .computing : .waiting
        case .loading where isActive: return member.isReady ? .waiting : .loading
        case .running, .replanning, .loading:
            if run.sidelined[member.id.slot] != nil { return .sidelined }
            return run.seats[member.id.slot] != nil && member.standby == nil ? .loading : .idle
        default: return .idle
        }
    }

    /// Whom the run waits for now, in words.
    public func awaited() -> [String] {
        guard let run else { return [] }
        switch run.phase {
        case .gathering: return missing()
        case .planning, .replanning: return ["the planner"]
        case .loading:
            return run.participants.filter { members[$0]?.isReady == false }.map { "\($0) to load its state" }
        case .running(let order, let saved): return awaited(order, saved, run)
        case .resting(_, let awaited): return awaited.sorted().map { "\($0) to confirm the end" }
        }
    }

    private func awaited(_ order: StepControl, _ saved: [MemberID: [UInt8]], _ run: ActiveRun) -> [String] {
        if case .barrier = order.next, !saved.isEmpty || !run.unsaved.isEmpty {
            let missing = run.participants.filter { saved[$0] == nil }
            guard !missing.isEmpty else { return ["\(MemberID.core()) to send its files"] }
            return missing.map { id in run.unsaved[id].map { "\(id), which cannot save its state: \($0)" } ?? id.description }
        }
        for exchange in exchanges(order.next) {
            let here = Set(run.routed.filter { $0.exchange == exchange && $0.direction == .up }.map(\.slot))
            let missing = order.members.filter { !here.contains($0) }
            if !missing.isEmpty { return missing.map { MemberID.edge($0).description } }
            let answered = run.routed.count { $0.exchange == exchange && $0.direction == .down }
            if answered < order.members.count { break }
        }
        return [MemberID.core().description]
    }
}

extension FleetStatus.Run {
    /// Of a run that is not active.
    init(_ settings: RunSettings, outcome: RunOutcome?) {
        self.init(
            id: settings.id, state: outcome.map(FleetStatus.State.init) ?? .queued, membership: settings.membership, round: 0,
            rounds: settings.template.rounds, step: 0, stepsPerRound: settings.template.stepsPerRound, members: [],
            awaited: [], stepSeconds: nil, etaSeconds: nil, deadlines: [:], outcome: outcome?.text)
    }

    init(_ run: ActiveRun, _ machine: BrokerMachine, _ now: Duration, outcome: RunOutcome? = nil) {
        self.init(run.settings, outcome: outcome)
        let plan = run.plan
        let position = run.position
        stepsPerRound = plan?.stepsPerRound ?? stepsPerRound
        (round, step) = (min(position.round, rounds), position.step)
        members = run.active.map { MemberID.edge($0).description }
        awaited = outcome == nil ? machine.awaited() : []
        stepSeconds = run.stepTimes.isEmpty ? nil : ResponseTimes.median(run.stepTimes).inSeconds
        let left = Int(rounds) * Int(stepsPerRound) - (max(0, Int(position.round) - 1) * Int(stepsPerRound) + Int(position.step))
        etaSeconds = outcome == nil ? stepSeconds.map { $0 * Double(max(0, left)) } : nil
        for deadline in run.times.deadlines(patience: run.settings.patience) where deadline.exchange < 7 {
            deadlines[deadline.tier] = max(deadlines[deadline.tier] ?? 0, deadline.deadlineSeconds)
        }
        guard outcome == nil else { return }
        switch run.phase {
        case .running, .replanning: state = .running
        case .resting(let outcome, _): (state, self.outcome) = (FleetStatus.State(outcome), outcome.text)
        default: state = .waiting
        }
    }
}

extension FleetStatus.State {
    init(_ outcome: RunOutcome) {
        switch outcome {
        case .finished: self = .finished
        case .stopped: self = .stopped
        case .failed, .infeasible: self = .failed
        }
    }
}

extension RunOutcome {
    /// For people.
    public var text: String {
        switch self {
        case .finished: "finished"
        case .stopped(let reason): "stopped: \(reason)"
        case .failed(let message), .infeasible(let message): message
        }
    }
}
