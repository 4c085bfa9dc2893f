import OxbowModel
import OxbowScheduling

// Cuts: searched by the shell, put into plans and amendments here.
extension BrokerMachine {
    /// Orders a search of cuts for these slots. Its answer is `.planned` with the number.
    mutating func search(_ slots: [UInt32], _ out: inout [BrokerDirective]) -> UInt64? {
        guard let run, let request = request(for: slots) else { return nil }
        searches += 1
        self.run?.searched = slots
        out.append(.plan(searches, request, run.settings.scheduling.planner))
        return searches
    }

    /// What a planner is asked: the machines of these slots.
    func request(for slots: [UInt32]) -> PlanningRequest? {
        guard let run, let model = try? ModelDescription(run.settings.template.model) else { return nil }
        let scheduling = run.settings.scheduling
        return PlanningRequest(
            model: model, workers: slots.compactMap { members[.edge($0)] }.map { candidate($0, run) },
            core: coreDevice(run), batch: Int(run.settings.template.batch),
            stepsPerRound: Int(run.plan?.stepsPerRound ?? run.settings.template.stepsPerRound),
            minimumHead: scheduling.minimumHead, minimumTail: scheduling.minimumTail)
    }

    private func candidate(_ member: Member, _ run: ActiveRun) -> Candidate {
        let demand = run.seats[member.id.slot].map { run.settings.demands[$0] }
        return Candidate(
            id: member.workerID, tier: member.tier,
            fixed: run.settings.scheduling.imposed(on: member.workerID, after: run.barrierAhead) ?? demand?.cuts,
            device: device(of: member, demand, run))
    }

    /// What the experiment says of the machine, else what it measured; as observed, where that is asked for.
    private func device(of member: Member, _ demand: Demand?, _ run: ActiveRun) -> Device? {
        let width = run.settings.template.model.width
        let memory = member.capabilities.memoryBytes > 0 ? Int(clamping: member.capabilities.memoryBytes) : nil
        guard var device = demand?.device ?? member.capabilities.device(width: width, member.link, memory: memory) else {
            return nil
        }
        if let scale = run.speedScale[member.id] {
            device.gflops *= scale
            device.outerGflops *= scale
        }
        return device
    }

    private func coreDevice(_ run: ActiveRun) -> CoreDevice? {
        guard let member = members[.core()] else { return run.settings.scheduling.core }
        let width = run.settings.template.model.width
        var device =
            run.settings.scheduling.core
            ?? member.capabilities.device(width: width, member.link, memory: nil).map {
                CoreDevice(gflops: $0.gflops, bytesPerSecond: $0.bytesPerSecond)
            }
        if let scale = run.speedScale[member.id] { device?.gflops *= scale }
        return device
    }

    mutating func planned(
        _ number: UInt64, _ result: Result<CutPlan, PlanningError>, _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        switch (run?.phase, result) {
        case (.planning(number), .success(let cuts)): makePlan(cuts, now, &out)
        case (.planning(number), .failure(let error)): cannotStart(error, now, &out)
        case (.replanning(number, let last), .success(let cuts)): amend(cuts, last, now, &out)
        case (.replanning(number, let last), .failure(let error)):
            turnAway(error, last, now, &out)
        default: break  // an answer that nobody waits for any more
        }
    }

    /// An elastic run starts without a worker that no cuts suit, if the others are enough.
    private mutating func cannotStart(_ error: PlanningError, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard run?.settings.membership == .elastic,
            let culprit = seated().first(where: { $0.workerID == error.subject })?.id, seated().count > 1
        else { return finish(.infeasible(message: error.description), now, &out) }
        standBy(culprit, error.description, &out)
        run?.unplaced.insert(culprit.slot)
        replan(now, &out)
    }

    /// Those who were there can go on as they are; the newcomers cannot come in, or one of them cannot.
    private mutating func turnAway(
        _ error: PlanningError, _ last: HalfStep, _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        let newcomers = joining(last.round)
        let culprit = newcomers.first { members[.edge($0)]?.workerID == error.subject }
        for slot in culprit.map({ [$0] }) ?? newcomers {
            standBy(.edge(slot), error.description, &out)
            run?.unplaced.insert(slot)
        }
        if culprit != nil, newcomers.count > 1 { return beginBarrier(last, now, &out) }
        orderBarrier(last, amendment: stayers(), now, &out)
    }

    private mutating func makePlan(_ cuts: CutPlan, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run else { return }
        let slots = seated().map(\.id.slot)
        guard slots == run.searched, slots.count == cuts.cuts.count else { return replan(now, &out) }
        var plan = run.settings.template
        plan.assignments = zip(slots, cuts.cuts).compactMap { assignment($0, $1) }
        if let epochs = run.settings.localEpochs { plan.stepsPerRound = steps(epochs, plan) }
        let earlier = (slots.map { .edge($0) } + [.core()]).filter { (members[$0]?.version ?? 0) < ProtocolVersion.scoring }
        if plan.scoring != nil, !earlier.isEmpty {
            plan.scoring = nil
            out.append(.note(.unscored(earlier)))
        }
        self.run?.plan = plan
        self.run?.assignments = [0: plan.assignments]
        out.append(.journal(.plan(plan), durable: true))
        out.append(.note(.planned(plan)))
        out.append(.note(.scheduled(planner: cuts.planner, cuts.cost)))
        noteModelled(&out)
        load(now, &out)
    }

    /// Who is there changed while cuts were searched.
    mutating func replan(_ now: Duration, _ out: inout [BrokerDirective]) {
        run?.phase = .gathering
        gather(now, &out)
    }

    private func steps(_ epochs: UInt32, _ plan: Plan) -> UInt32 {
        let largest = plan.assignments.map(\.samples).max() ?? 1
        // Cut before every sum and product, which a claim must not make overflow; 2^30 is the most that the wire carries.
        let batches = (max(1, largest) - 1) / UInt64(max(1, plan.batch)) + 1
        return UInt32(min(min(batches, 1 << 30) * UInt64(epochs), 1 << 30))
    }

    func assignment(_ slot: UInt32, _ cuts: Cuts) -> Assignment? {
        members[.edge(slot)].map {
            Assignment(slot: slot, workerID: $0.workerID, tier: $0.tier, cuts: cuts, samples: $0.data.samples)
        }
    }

    /// The least that a newcomer may keep until cuts are searched for it.
    func leastCuts(_ slot: UInt32) -> Cuts? {
        guard let request = request(for: [slot]) else { return nil }
        return request.workers.first?.fixed ?? request.admissibleCuts.first
    }

    // MARK: At a barrier

    /// Ready newcomers that may enter at the barrier of this round.
    func joining(_ round: UInt32) -> [UInt32] {
        guard let run, run.settings.membership == .elastic else { return [] }
        return seated().filter { member in
            let slot = member.id.slot
            return member.isReady && !run.active.contains(slot) && run.leaving[slot] == nil
                && (run.sidelined[slot]?.until ?? 0) <= round && member.standby == nil && !awaitsProbe(member, run)
        }.map(\.id.slot)
    }

    /// The assignments of those who are active, as they are.
    func stayers() -> [Assignment] {
        guard let run, let plan = run.plan else { return [] }
        return plan.assignments.filter { run.active.contains($0.slot) }
    }

    private mutating func amend(_ found: CutPlan, _ last: HalfStep, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run else { return }
        // Who came while cuts were searched waits for the next barrier.
        let slots = (run.active + joining(last.round).filter(run.searched.contains)).sorted()
        guard slots == run.searched, slots.count == found.cuts.count else {
            return orderBarrier(last, amendment: stayers(), now, &out)
        }
        let chosen = worthIt(found, slots, run) ? found.cuts : zip(slots, found.cuts).map { run.assignment(of: $0)?.cuts ?? $1 }
        let amendment = zip(slots, chosen).compactMap { assignment($0, $1) }
        out.append(
            .note(.scheduled(planner: found.planner, chosen == found.cuts ? found.cost : cost(of: chosen, found, slots, run))))
        orderBarrier(last, amendment: amendment, now, &out)
    }

    /// What was kept, beside the bound of the best that was found.
    private func cost(of kept: [Cuts], _ found: CutPlan, _ slots: [UInt32], _ run: ActiveRun) -> PlanCost? {
        guard var cost = found.cost, let model = run.settings.scheduling.costModel, let request = request(for: slots),
            let seconds = try? model.seconds(of: kept, for: request)
        else { return nil }
        cost.seconds = max(seconds, cost.lowerBound)
        return cost
    }

    /// Moving blocks costs Adam states and a barrier's bytes: it must save something.
    private func worthIt(_ found: CutPlan, _ slots: [UInt32], _ run: ActiveRun) -> Bool {
        let scheduling = run.settings.scheduling
        guard scheduling.leastGain > 0 else { return true }
        let kept = zip(slots, found.cuts).map { run.assignment(of: $0)?.cuts ?? $1 }
        guard kept != found.cuts, let model = scheduling.costModel, let request = request(for: slots),
            let before = try? model.seconds(of: kept, for: request),
            let after = try? model.seconds(of: found.cuts, for: request)
        else { return false }
        return after <= (1 - scheduling.leastGain) * before
    }
}

extension Capabilities {
    /// The machine at this width, as far as it was measured; nil if it was not.
    public func device(width: Double, _ link: LinkQuality, memory: Int?) -> Device? {
        guard let speed = speeds.speed(at: width) else { return nil }
        let rate = link.isMeasured ? min(link.upBytesPerSecond, link.downBytesPerSecond) : Self.localBytesPerSecond
        return Device(
            gflops: speed.gflops, outerGflops: speed.outerGflops, bytesPerSecond: rate,
            latencySeconds: link.roundTripSeconds / 2, memory: memory)
    }

    /// What is taken for a link that nobody measured: processes of one machine.
    private static let localBytesPerSecond = 1e9
}
