import OxbowModel

// Who is taken into a run, and what it misses.
extension BrokerMachine {
    /// Why a worker is not taken by any demand of a run; nil if one takes it.
    func misfit(_ member: Member, _ settings: RunSettings) -> String? {
        if let reason = dataMisfit(member.data, settings.template.model) { return reason }
        let demands = settings.demands.filter { $0.tier == member.tier }
        guard let last = demands.last else {
            let tiers = Set(settings.demands.map(\.tier)).sorted().joined(separator: ", ")
            return "the run has no tier '\(member.tier)'; its tiers are: \(tiers)"
        }
        guard !demands.contains(where: { $0.rules.misfit(member.capabilities) == nil }) else { return nil }
        return last.rules.misfit(member.capabilities).map { "tier \(member.tier) asks for \($0)" }
    }

    /// Why a member's session cannot carry the run's plan; nil if it can, or there is no plan yet.
    func lacksVersion(_ member: Member) -> String? {
        guard run?.plan?.scoring != nil, member.version < ProtocolVersion.scoring else { return nil }
        return
            "the run scores generators, which protocol version \(member.version) has no messages for; upgrade this \(member.id.role)"
    }

    func dataMisfit(_ data: DataForm, _ model: ModelParameters) -> String? {
        let form = [data.height, data.width, data.channels].map(Int.init)
        let expected = [model.imageHeight, model.imageWidth, model.imageChannels]
        // Fewer classes than the run's are fine: a domain may lack some.
        guard form == expected, (1...model.classes).contains(Int(data.classes)) else {
            return "it has images of \(form[0])x\(form[1])x\(form[2]) with \(data.classes) classes, the run is for "
                + "\(expected[0])x\(expected[1])x\(expected[2]) with \(model.classes)"
        }
        return nil
    }

    /// Gives every present worker that fits a seat, by rising slot, and tells the others why not.
    mutating func seat(_ out: inout [BrokerDirective]) {
        guard let run else { return }
        for member in enrolled where member.isComplete && member.id.role == .edge {
            if run.plan == nil, run.unplaced.contains(member.id.slot) { continue }
            if let seat = run.seats[member.id.slot] {
                if run.settings.demands[seat].takes(member), lacksVersion(member) == nil { continue }
                self.run?.seats[member.id.slot] = nil  // it came back as another machine, or with an earlier release
            }
            switch seat(for: member) {
            case .success(let seat):
                self.run?.seats[member.id.slot] = seat
                members[member.id]?.standby = nil
            case .failure(let refusal): standBy(member.id, refusal.message, &out)
            }
        }
    }

    private func seat(for member: Member) -> Result<Int, Refusal> {
        guard let run else { return .failure(Refusal(code: .noFreeSlot, message: "there is no run")) }
        guard run.plan == nil || run.settings.membership == .elastic || run.assignment(of: member.id.slot) != nil else {
            return .failure(Refusal(code: .noFreeSlot, message: "the run keeps to the workers that it began with"))
        }
        if let reason = misfit(member, run.settings) ?? lacksVersion(member) {
            return .failure(Refusal(code: .unfitCapability, message: reason))
        }
        let demands = run.settings.demands
        let fitting = demands.indices.filter { demands[$0].takes(member) }
        let taken = Dictionary(grouping: run.seats.values) { $0 }.mapValues(\.count)
        if let free = fitting.first(where: { taken[$0, default: 0] < demands[$0].workers }) { return .success(free) }
        guard run.settings.membership == .elastic, let last = fitting.last else {
            return .failure(Refusal(code: .noFreeSlot, message: "all places of tier \(member.tier) are taken"))
        }
        return .success(last)
    }

    /// Tells a member once that it does not take part, and why.
    mutating func standBy(_ id: MemberID, _ reason: String, _ out: inout [BrokerDirective]) {
        guard members[id]?.standby != reason else { return }
        members[id]?.standby = reason
        send(.standby(reason: reason), to: id, &out)
        out.append(.note(.standby(id, reason: reason)))
    }

    /// Present workers with a seat.
    func seated() -> [Member] {
        enrolled.filter { $0.id.role == .edge && isSeated($0) }
    }

    func isSeated(_ member: Member) -> Bool { member.isComplete && run?.seats[member.id.slot] != nil }

    // MARK: What is missing

    /// What the run under way needs before it can start or go on, in words.
    func missing() -> [String] {
        guard let run else { return [] }
        let missing = run.plan == nil ? missingAtStart(run) : missingAfterLoss(run)
        guard let core = members[.core()], core.isComplete else { return missing + ["a core"] }
        return missing + (lacksVersion(core).map { ["another core: \($0)"] } ?? [])
    }

    private func missingAtStart(_ run: ActiveRun) -> [String] {
        guard settings.reservations.isEmpty else { return missingReserved() }
        let seats = seated().compactMap { run.seats[$0.id.slot] }
        var missing = run.settings.demands.indices.compactMap { index -> String? in
            let demand = run.settings.demands[index]
            let wanted = run.settings.membership == .strict ? demand.workers : demand.minimum
            let count = wanted - seats.count { $0 == index }
            return count > 0 ? "\(count) \(count < wanted ? "more " : "")of tier \(demand.tier)\(unmatched(demand))" : nil
        }
        if missing.isEmpty {
            missing += (seated() + enrolled.filter { $0.id == .core() && $0.isComplete }).filter { awaitsProbe($0, run) }
                .map { "\($0.id) to measure its link" }
        }
        if missing.isEmpty, seats.isEmpty { missing.append("a worker") }
        return missing
    }

    /// Whether its link is still to be measured, and nobody said how fast it is.
    func awaitsProbe(_ member: Member, _ run: ActiveRun) -> Bool {
        guard settings.probesLinks, !member.link.isMeasured else { return false }
        guard let seat = run.seats[member.id.slot], member.id.role == .edge else { return run.settings.scheduling.core == nil }
        return run.settings.demands[seat].device == nil
    }

    /// Which rule keeps connected workers of the tier out.
    private func unmatched(_ demand: Demand) -> String {
        let present = enrolled.filter { $0.isComplete && $0.id.role == .edge && $0.tier == demand.tier }
        let worst = demand.rules.list.map { rule in (rule, present.count { rule.holds($0.capabilities) }) }
            .filter { $0.1 < present.count }.min { $0.1 < $1.1 }
        return worst.map { ": \($0.1) of \(present.count) match \($0.0)" } ?? ""
    }

    private func missingReserved() -> [String] {
        settings.reservations.filter { members[.edge($0.slot)]?.isComplete != true }
            .map { "\(MemberID.edge($0.slot)) (\($0.workerID))" }
    }

    private func missingAfterLoss(_ run: ActiveRun) -> [String] {
        let planned = run.plan?.assignments ?? []
        let away = planned.filter { members[.edge($0.slot)].map(isSeated) != true }
        guard run.settings.membership == .elastic else { return away.map { "\(MemberID.edge($0.slot)) (\($0.workerID))" } }
        let present = seated().count
        if !hasQuorum(present) { return ["\(leastForQuorum - present) more for the quorum of \(leastForQuorum)"] }
        let keepers = run.forgoesLastBarrier ? [] : absentKeepers(run)
        return keepers.isEmpty
            ? []
            : ["one of \(keepers.map(\.description).joined(separator: ", ")), who keep the state of round \(run.lastBarrier)"]
    }

    /// Elastic: who is away and may keep the last barrier, if nobody who is here does. To go on without them throws rounds away.
    func absentKeepers(_ run: ActiveRun) -> [MemberID] {
        guard run.lastBarrier > 0, let core = members[.core()], core.isComplete, loadable(core).contains(run.lastBarrier) else {
            return []
        }
        let planned = (run.assignments[run.lastBarrier] ?? []).compactMap { members[.edge($0.slot)] }
        guard !planned.contains(where: { isSeated($0) && loadable($0).contains(run.lastBarrier) }) else { return [] }
        return planned.filter { !$0.isComplete && run.seats[$0.id.slot] != nil }.map(\.id)
    }

    func hasQuorum(_ edges: Int) -> Bool { edges >= leastForQuorum }

    private var leastForQuorum: Int { run?.settings.leastForQuorum ?? 1 }

    mutating func noteWaiting(_ out: inout [BrokerDirective]) {
        let waiting = run?.phase == .gathering ? missing() : []
        guard waiting != lastWaiting else { return }
        lastWaiting = waiting
        out.append(.note(.waiting(waiting)))
    }
}

extension Demand {
    func takes(_ member: BrokerMachine.Member) -> Bool {
        tier == member.tier && rules.misfit(member.capabilities) == nil
    }
}

/// One rule in words and as a test.
struct Rule: Hashable, CustomStringConvertible {
    enum Subject: Hashable {
        case memory(UInt64)
        case tag(String, String)
    }
    var subject: Subject

    var description: String {
        switch subject {
        case .memory(let bytes): "memory>=\(Rules.text(bytes))"
        case .tag(let key, let value): "\(key)=\(value)"
        }
    }

    func holds(_ capabilities: Capabilities) -> Bool {
        switch subject {
        case .memory(let bytes): capabilities.memoryBytes >= bytes
        case .tag(let key, let value): capabilities.tags[key] == value
        }
    }

    /// What a machine has instead.
    func found(_ capabilities: Capabilities) -> String {
        switch subject {
        case .memory: Rules.text(capabilities.memoryBytes)
        case .tag(let key, _): capabilities.tags[key].map { "\(key)=\($0)" } ?? "no \(key)"
        }
    }
}

extension Rules {
    var list: [Rule] {
        (memoryBytes > 0 ? [Rule(subject: .memory(memoryBytes))] : [])
            + tags.sorted { $0.key < $1.key }.map { Rule(subject: .tag($0.key, $0.value)) }
    }

    /// The first rule that a machine breaks, and what it has instead.
    func misfit(_ capabilities: Capabilities) -> String? {
        list.first { !$0.holds(capabilities) }.map { "\($0), this worker has \($0.found(capabilities))" }
    }

    static func text(_ bytes: UInt64) -> String {
        bytes >= 1 << 30 && bytes % (1 << 30) == 0 ? "\(bytes >> 30)GiB" : "\(bytes >> 20)MiB"
    }
}
