import OxbowModel

// What the fleet does now, in values for people.
extension BrokerMachine {
    /// - Parameter now: as given to `handle`.
    public func status(at now: Duration) -> FleetStatus {
        FleetStatus(
            members: enrolled.filter { !$0.hasLeft || isAwaited($0.id) }.map { status($0, now) },
            runs: ended + [run.map { FleetStatus.Run($0, self, now) }].compactMap { $0 }
                + queue.map { FleetStatus.Run($0, outcome: nil) })
    }

    private func status(_ member: Member, _ now: Duration) -> FleetStatus.Member {
        let speed = member.capabilities.speeds.speed(at: run?.settings.template.model.width ?? 1)
        return FleetStatus.Member(
            id: member.id.description, workerID: member.workerID, tier: member.tier, isConnected: member.isComplete,
            sessionEpoch: member.sessionEpoch, silentSeconds: member.lastHeard > .zero ? (now - member.lastHeard).inSeconds : nil,
            activity: activity(member), round: member.heartbeat.round, step: member.heartbeat.step, standby: member.standby,
            gflops: speed?.gflops ?? 0, link: member.link, tags: member.capabilities.tags)
    }

    /// Whether a place is kept for a member: then it is told of even after its goodbye.
    private func isAwaited(_ id: MemberID) -> Bool {
        if id.role == .core { return run != nil }
        return run?.seats[id.slot] != nil || settings.reservations.contains { $0.slot == id.slot }
    }

    private func activity(_ member: Member) -> FleetStatus.Activity {
        guard member.isComplete else { return .away }
        guard let run else { return .idle }
        let isActive = run.participants.contains(member.id)
        switch run.phase {
        case .running where isActive, .replanning where isActive: return member.heartbeat.busy ? .computing : .waiting
        case .scoring(let awaited, _) where isActive:
            return member.id.role == .edge && awaited.contains(member.id.slot) ? .computing : .waiting
        case .loading where isActive: return member.isReady ? .waiting : .loading
        case .running, .replanning, .loading:
            if run.sidelined[member.id.slot] != nil { return .sidelined }
            return run.seats[member.id.slot] != nil && member.standby == nil ? .loading : .idle
        default: return .idle
        }
    }

    /// Of members with a session, by role.
    public func creditUse() -> [Role: CreditUse] {
        var all: [Role: CreditUse] = [:]
        for member in members.values where member.isComplete {
            all[member.id.role, default: CreditUse()].granted += credits(member.id)
            all[member.id.role, default: CreditUse()].used += member.underWay
        }
        return all
    }

    /// Whom the run waits for now, in words.
    public func awaited() -> [String] { waitedFor()?.from ?? [] }

    /// What the run waits for now, and of whom; nil if there is no run.
    func waitedFor() -> Awaited? {
        guard let run else { return nil }
        switch run.phase {
        case .gathering: return Awaited(what: "members", from: missing())
        case .planning, .replanning: return Awaited(what: "cuts", from: ["the planner"])
        case .loading(let barrier):
            return Awaited(
                what: barrier == 0 ? "the start" : "the state of round \(barrier)",
                from: run.participants.filter { members[$0]?.isReady == false }.map { "\($0) to load its state" })
        case .running(let order, let saved): return waitedFor(order, saved, run)
        case .scoring(let awaited, _):
            return Awaited(what: "the last scores", from: awaited.sorted().map { MemberID.edge($0).description })
        case .resting(_, let awaited):
            return Awaited(what: "the end", from: awaited.sorted().map { "\($0) to confirm the end" })
        }
    }

    private func waitedFor(_ order: StepControl, _ saved: [MemberID: [UInt8]], _ run: ActiveRun) -> Awaited {
        if case .barrier(let round) = order.next, !saved.isEmpty || !run.unsaved.isEmpty {
            let missing = run.participants.filter { saved[$0] == nil }
            guard !missing.isEmpty else {
                return Awaited(what: "the files of round \(round)", from: ["\(MemberID.core()) to send its files"])
            }
            return Awaited(
                what: "round \(round) to be saved",
                from: missing.map { id in run.unsaved[id].map { "\(id), which cannot save its state: \($0)" } ?? id.description })
        }
        var under: Exchange?
        for exchange in exchanges(order.next) {
            under = exchange
            let here = Set(run.routed.filter { $0.exchange == exchange && $0.direction == .up }.map(\.slot))
            let missing = order.members.filter { !here.contains($0) }
            if !missing.isEmpty {
                return Awaited(what: Self.words(exchange, run), from: missing.map { MemberID.edge($0).description })
            }
            let answered = run.routed.count { $0.exchange == exchange && $0.direction == .down }
            if answered < order.members.count { break }
        }
        return Awaited(what: under.map { Self.words($0, run) } ?? "the order", from: [MemberID.core().description])
    }

    private static func words(_ exchange: Exchange, _ run: ActiveRun) -> String {
        let (round, step) = run.position
        return "exchange \(exchange.rawValue) of round \(round)" + (exchange == .modelDeltas ? "" : " step \(step)")
    }

    // MARK: Stalls

    mutating func lookForStalls(_ now: Duration, _ out: inout [BrokerDirective]) {
        let mark = waitedFor().map { awaited in
            StallDetector.Mark(
                awaited: awaited, phase: run?.phase.rank ?? .gathering, term: term,
                arrived: (run?.routed.count ?? 0) + (run?.artifacts.stored ?? 0))
        }
        let times = run?.stepTimes ?? []
        let step = times.isEmpty ? nil : ResponseTimes.median(times)
        if let note = stalls.look(at: mark, step: step, now) { out.append(.note(note)) }
    }
}

extension FleetStatus.Run {
    /// Of a run that is not active.
    init(_ settings: RunSettings, outcome: RunOutcome?) {
        self.init(
            id: settings.id, state: outcome.map(FleetStatus.State.init) ?? .queued, membership: settings.membership, round: 0,
            rounds: settings.template.rounds, step: 0, stepsPerRound: settings.template.stepsPerRound, members: [],
            awaited: [], awaitedWhat: nil, awaitedSeconds: nil, stepSeconds: nil, etaSeconds: nil, deadlines: [:],
            outcome: outcome?.text)
    }

    init(_ run: ActiveRun, _ machine: BrokerMachine, _ now: Duration, outcome: RunOutcome? = nil) {
        self.init(run.settings, outcome: outcome)
        let plan = run.plan
        let position = run.position
        stepsPerRound = plan?.stepsPerRound ?? stepsPerRound
        (round, step) = (min(position.round, rounds), position.step)
        members = run.active.map { MemberID.edge($0).description }
        let wait = outcome == nil ? machine.waitedFor() : nil
        (awaited, awaitedWhat) = (wait?.from ?? [], wait?.what)
        awaitedSeconds = wait == nil ? nil : machine.stalls.waited(at: now)?.inSeconds
        stepSeconds = run.stepTimes.isEmpty ? nil : ResponseTimes.median(run.stepTimes).inSeconds
        let left = Int(rounds) * Int(stepsPerRound) - (max(0, Int(position.round) - 1) * Int(stepsPerRound) + Int(position.step))
        etaSeconds = outcome == nil ? stepSeconds.map { $0 * Double(max(0, left)) } : nil
        for deadline in run.times.deadlines(patience: run.settings.patience) where deadline.exchange < 7 {
            deadlines[deadline.tier] = max(deadlines[deadline.tier] ?? 0, deadline.deadlineSeconds)
        }
        guard outcome == nil else { return }
        switch run.phase {
        case .running, .replanning, .scoring: state = .running
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
