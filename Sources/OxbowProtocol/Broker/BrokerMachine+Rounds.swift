import OxbowModel

// From a full fleet to a finished run: plan, halves, barriers, and what a loss does to them.
extension BrokerMachine {
    mutating func memberComplete(_ id: MemberID, _ out: inout [BrokerDirective]) {
        switch phase {
        case .gathering: startIfGathered(&out)
        case .loading, .running:
            // A newcomer of an elastic fleet: it prepares now and enters at the next barrier.
            if let plan { send(.plan(plan, startBarrier: 0, term: term), to: id, &out) }
        case .ended: break
        }
    }

    /// Starts, or returns to the last barrier, once all that are needed are here.
    private mutating func startIfGathered(_ out: inout [BrokerDirective]) {
        guard canStart else { return }
        let present = enrolled.filter(\.isComplete)
        if plan == nil {
            let made = makePlan(present)
            plan = made
            out.append(.journal(.plan(made), durable: true))
            out.append(.note(.planned(made)))
        }
        let start = startingPoint(present)
        lastBarrier = start.barrier
        active = start.edges
        newcomers = []
        newTerm(&out)
        phase = .loading(barrier: lastBarrier)
        guard let plan else { return }
        for member in present {
            members[member.id]?.isReady = false
            // Who cannot load that barrier prepares, and enters at the next one.
            let barrier = participants.contains(member.id) ? lastBarrier : 0
            send(.plan(plan, startBarrier: barrier, term: term), to: member.id, &out)
        }
    }

    /// The first start needs everybody; later an elastic fleet needs its core and a quorum.
    private var canStart: Bool {
        if settings.membership == .strict || plan == nil { return missing().isEmpty }
        return members[.core()]?.isComplete == true && hasQuorum(members.values.filter { isPresentEdge($0) }.count)
    }

    private func isPresentEdge(_ member: Member) -> Bool { member.id.role == .edge && member.isComplete }

    func hasQuorum(_ edges: Int) -> Bool {
        edges >= 1 && Double(edges) >= settings.quorum * Double(settings.places.count)
    }

    private func makePlan(_ present: [Member]) -> Plan {
        var plan = settings.template
        plan.assignments = present.filter { $0.id.role == .edge }.compactMap { member in
            guard let place = settings.places.first(where: { $0.slot == member.id.slot }) else { return nil }
            return Assignment(
                slot: place.slot, workerID: member.workerID, tier: place.tier, cuts: place.cuts,
                samples: member.data.samples)
        }
        if let epochs = settings.localEpochs {
            let largest = plan.assignments.map(\.samples).max() ?? 1
            let batches = (largest + UInt64(plan.batch) - 1) / UInt64(max(1, plan.batch))
            // 2^30 is the most that the wire carries; a claim of more images than that is absurd anyway. Cut before the
            // product too, which a claim must not make overflow.
            plan.stepsPerRound = UInt32(min(min(batches, 1 << 30) * UInt64(epochs), 1 << 30))
        }
        return plan
    }

    /// The newest barrier that the core and enough edges can load, and those edges: strict needs all of them, elastic one;
    /// the others enter at the next barrier. Everybody can make the initial state, barrier 0.
    private func startingPoint(_ present: [Member]) -> (barrier: UInt32, edges: [UInt32]) {
        let edges = present.filter { $0.id.role == .edge }
        let core = members[.core()].map(loadable) ?? []
        for barrier in core.filter({ $0 <= lastBarrier }).sorted(by: >) {
            let able = edges.filter { loadable($0).contains(barrier) }
            let enough = settings.membership == .strict ? able.count == edges.count : !able.isEmpty
            if enough { return (barrier, able.map(\.id.slot)) }
        }
        return (0, edges.map(\.id.slot))
    }

    /// Barriers of this run whose state a member has.
    private func loadable(_ member: Member) -> [UInt32] {
        member.savedRun == plan?.run ? member.savedBarriers : []
    }

    mutating func newTerm(_ out: inout [BrokerDirective]) {
        term += 1
        routed.removeAll()
        // What was under way is void. Without this, members that send anew after each of several losses would run out of
        // credits while a slow link still carries what nobody needs.
        for id in members.keys { members[id]?.underWay = 0 }
        out.append(.dropBodies(before: term))
        out.append(.journal(.term(term, members: active), durable: true))
    }

    mutating func ready(_ id: MemberID, _ barrier: UInt32, _ digest: [UInt8], _ out: inout [BrokerDirective]) {
        guard case .loading(let expected) = phase, participants.contains(id) else {
            members[id]?.isReady = true  // a newcomer, which enters at the next barrier
            return
        }
        guard barrier == expected else { return }  // the answer to an earlier plan
        if let committed = digests[barrier]?[id], committed != digest {
            // It saved this barrier before the barrier was repeated without it: another state.
            members[id]?.savedBarriers.removeAll { $0 == barrier }
            out.append(.note(.refused(.staleBarrier, message: "\(id): its state of barrier \(barrier) is not the committed one")))
            return pause(&out)
        }
        members[id]?.isReady = true
        guard participants.allSatisfy({ members[$0]?.isReady == true }) else { return }
        begin(round: lastBarrier + 1, commit: .nothing, &out)
    }

    /// Orders the first half of a round, or the end.
    private mutating func begin(round: UInt32, commit: StepControl.Commit, _ out: inout [BrokerDirective]) {
        guard let plan, round <= plan.rounds else { return finish(.finished, commit: commit, &out) }
        order(commit, .half(HalfStep(round: round, step: 0, half: .discriminator), regenerate: false), &out)
    }

    mutating func order(_ commit: StepControl.Commit, _ next: StepControl.Next, _ out: inout [BrokerDirective]) {
        let order = StepControl(term: term, members: active, commit: commit, next: next)
        routed.removeAll(keepingCapacity: true)
        phase = .running(order, saved: [:])
        out.append(.note(.ordered(order)))
        for id in participants { send(.stepControl(order), to: id, &out) }
    }

    /// The core has answered every member in a half's last exchange: the half is committed.
    mutating func halfAnswered(_ half: HalfStep, _ out: inout [BrokerDirective]) {
        guard let plan else { return }
        out.append(.journal(.committed(half), durable: false))
        out.append(.note(.committed(half)))
        switch half.half {
        case .discriminator:
            let next = HalfStep(round: half.round, step: half.step, half: .generator)
            order(.half(half), .half(next, regenerate: false), &out)
        case .generator where half.step + 1 < plan.stepsPerRound:
            let next = HalfStep(round: half.round, step: half.step + 1, half: .discriminator)
            order(.half(half), .half(next, regenerate: false), &out)
        case .generator: beginBarrier(half, &out)
        }
    }

    /// Newcomers that are ready enter here: they contribute nothing and receive the mean.
    private mutating func beginBarrier(_ last: HalfStep, _ out: inout [BrokerDirective]) {
        let joined = enrolled.filter { isPresentEdge($0) && $0.isReady }.map(\.id.slot)
        newcomers = Set(joined).subtracting(active)
        if !newcomers.isEmpty {
            active = Set(active).union(joined).sorted()
            newTerm(&out)
        }
        order(.half(last), .barrier(last.round), &out)
    }

    mutating func saved(
        _ id: MemberID, _ term: UInt32, _ round: UInt32, _ digest: [UInt8], _ out: inout [BrokerDirective]
    ) {
        guard case .running(let current, var saved) = phase, current.next == .barrier(round), term == current.term,
            participants.contains(id)
        else { return }
        saved[id] = digest
        phase = .running(current, saved: saved)
        guard participants.allSatisfy({ saved[$0] != nil }) else { return }
        let digests = participants.sorted().map { MemberDigest(member: $0, digest: saved[$0] ?? []) }
        lastBarrier = round
        for id in participants {
            let older = members[id]?.savedBarriers.filter { $0 < round } ?? []
            members[id]?.savedRun = plan?.run ?? 0
            members[id]?.savedBarriers = (older + [round]).suffix(2)
        }
        self.digests = self.digests.filter { $0.key + 1 >= round }
        self.digests[round] = saved
        newcomers = []
        out.append(.journal(.barrier(round: round, digests: digests), durable: true))
        out.append(.note(.barrier(round: round, digests: digests, traffic: traffic)))
        traffic.removeAll()
        begin(round: round + 1, commit: .barrier(round), &out)
    }

    /// What a loss does to the work under way (docs/architecture.md, Membership).
    mutating func memberLost(_ id: MemberID, _ out: inout [BrokerDirective]) {
        switch phase {
        case .gathering, .ended: break
        case .loading: pause(&out)
        case .running(let current, _):
            guard id.role == .core || active.contains(id.slot) else { return }
            let rest = active.filter { $0 != id.slot }
            // A barrier needs at least one that has trained.
            let canGoOn = hasQuorum(rest.count) && rest.contains { !newcomers.contains($0) }
            if settings.membership == .elastic, id.role == .edge, canGoOn {
                active = rest
                repeatWork(current.next, &out)
            } else {
                pause(&out)
            }
        }
    }

    private mutating func repeatWork(_ work: StepControl.Next, _ out: inout [BrokerDirective]) {
        newTerm(&out)
        switch work {
        case .half(let half, _): order(.nothing, .half(half, regenerate: half.half == .generator), &out)
        default: order(.nothing, work, &out)
        }
    }

    /// All stop and keep what is committed, until those who are needed are back.
    private mutating func pause(_ out: inout [BrokerDirective]) {
        newTerm(&out)
        let order = StepControl(term: term, members: active, commit: .nothing, next: .pause)
        phase = .gathering
        for member in enrolled where member.isComplete { send(.stepControl(order), to: member.id, &out) }
        startIfGathered(&out)
    }

    mutating func finish(
        _ outcome: RunOutcome, commit: StepControl.Commit = .nothing, _ out: inout [BrokerDirective]
    ) {
        let order = StepControl(term: term, members: active, commit: commit, next: .finish)
        for member in enrolled where member.control != nil { send(.stepControl(order), to: member.id, &out) }
        out.append(.journal(.ended(outcome), durable: true))
        out.append(.note(.ended(outcome)))
        out.append(.end(outcome))
        phase = .ended
    }
}
