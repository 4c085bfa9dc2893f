import OxbowProtocol

// Members' processes: started, told, crashed.
extension FleetSimulation {
    func start(_ index: Int) {
        let process = members[index]
        guard outcome == nil, process.machine == nil else { return }
        process.life += 1
        process.end = nil
        process.busyUntil = now
        process.clock = makeClock()
        process.performer = process.makePerformer()
        let saved = process.saved()
        process.disk = process.disk.filter { saved.barriers.contains($0.key) }
        process.machine = MemberMachine(
            process.identity, nonce: random.next(), savedRun: saved.run, savedBarriers: saved.barriers)
        log("\(process.name) starts")
        tell(index, .started)
    }

    private func crash(_ index: Int) {
        let process = members[index]
        disturbances.crashes += 1
        let downtime = draw(faults.downtime)
        disturbed(until: now + downtime)
        process.machine = nil
        process.performer = nil
        process.backlog = []
        process.suspendedUntil = .zero
        disconnect(index, Lane.allCases, losesInbound: true)
        log("\(process.name) crashes")
        queue.add(.start(index), at: now + downtime)
    }

    func tell(_ index: Int, _ event: MemberEvent) {
        let process = members[index]
        guard process.machine != nil else { return }
        if now < process.suspendedUntil {
            if case .tick = event { return }  // timers do not pile up
            return process.backlog.append(event)
        }
        guard let directives = process.machine?.handle(event, at: process.clock.time(at: now)) else { return }
        var isTick = false
        if case .tick = event { isTick = true }
        guard !isTick, loses(faults.crash) else { return perform(directives[...], index) }
        // It dies after any of them.
        perform(directives.prefix(random.below(directives.count + 1)), index)
        if process.machine != nil { crash(index) }
    }

    private func perform(_ directives: ArraySlice<MemberDirective>, _ index: Int) {
        let process = members[index]
        for directive in directives {
            switch directive {
            case .send(let lane, let envelope, let payload):
                let link = Link(isUp: true, member: index, lane: lane, connection: process.connection(lane))
                send(Passage(link: link, envelope: envelope, payload: payload))
            case .compute(let id, let task, let inputs): compute(index, id, task, inputs)
            case .reconnect: disconnect(index, Lane.allCases, losesInbound: true)
            case .note(let note): noted(note, index)
            case .end(let how): end(index, how)
            }
        }
    }

    private func noted(_ note: MemberNote, _ index: Int) {
        let process = members[index]
        log("\(process.name): \(note.words)")
        guard case .welcomed(let welcome) = note else { return }
        process.member = welcome.member
        invariants.welcomed(welcome, process: index, life: process.life)
    }

    private func end(_ index: Int, _ how: MemberEnd) {
        let process = members[index]
        process.end = how
        process.machine = nil
        process.backlog = []
        process.suspendedUntil = .zero
        disconnect(index, Lane.allCases, losesInbound: true)
        log("\(process.name) ends: \(how.words)")
        guard case .stopped = how, outcome == nil else { return }
        // Who left may come back, and does where the rest would be too few for the run to end.
        let downtime = draw(faults.downtime)
        if chance(0.7) || !canSpare(index) {
            disturbed(until: now + downtime)
            queue.add(.start(index), at: now + downtime)
        } else {
            process.isGone = true
            disturbedUntil = nil
        }
    }

    private func canSpare(_ index: Int) -> Bool {
        let rest = members.indices.count { $0 != index && members[$0].identity.role == .edge && !members[$0].isGone }
        return runs.allSatisfy { $0.membership == .elastic && rest >= $0.leastForQuorum }
    }

    // MARK: Computing

    /// The arithmetic is done at once; its result arrives when the virtual compute thread would have it.
    private func compute(_ index: Int, _ id: UInt64, _ task: MemberTask, _ inputs: [any BodyStorage]) {
        let process = members[index]
        let result = perform(task, inputs, process)
        if case .score(let run, let round) = task { score(index, run, round) }
        process.busyUntil = max(process.busyUntil, now) + draw(faults.computing) * process.pace + slowness(process)
        queue.add(.computed(member: index, life: process.life, id: id, result), at: process.busyUntil)
    }

    private func perform(
        _ task: MemberTask, _ inputs: [any BodyStorage], _ process: SimulatedMember
    ) -> Result<TaskResult, any Error> {
        if case .save = task, isFull(process) { return .failure(NoSpace()) }
        let result = Result { try process.performer?.perform(task, inputs: inputs) ?? TaskResult() }
        switch task {
        case .save(let round):
            if case .success(let done) = result, case .barrierSaved(_, _, let digest, _)? = done.messages.first {
                process.disk[round] = digest
            }
        // Who scores is drawn.
        case .score: return result.map { _ in TaskResult() }
        case .prepare, .commitBarrier:
            let kept = process.saved().barriers
            process.disk = process.disk.filter { kept.contains($0.key) }
        default: break
        }
        return result
    }

    private func isFull(_ process: SimulatedMember) -> Bool {
        if let span = spell(faults.fullDisk) {
            disturbances.fullDisks += 1
            disturbed(until: now + span)
            process.diskFullUntil = now + span
            log("\(process.name)'s disk is full for \(span)")
        }
        return now < process.diskFullUntil
    }

    private struct NoSpace: Error, CustomStringConvertible {
        var description: String { "No space left on device" }
    }

    /// Now and then an edge takes very long, and is alive all the while.
    private func slowness(_ process: SimulatedMember) -> Duration {
        guard process.identity.role == .edge, chance(faults.slowness) else { return .zero }
        log("\(process.name) is slow")
        disturbed(until: process.busyUntil + faults.slow)
        return faults.slow
    }

    func computed(_ index: Int, _ life: UInt64, _ id: UInt64, _ result: Result<TaskResult, any Error>) {
        let process = members[index]
        guard process.life == life, process.machine != nil else { return }
        if leaves < faults.leaves, outcome == nil, process.identity.role == .edge, chance(faults.leaving) {
            leaves += 1
            log("\(process.name) is asked to end")
            tell(index, .stop(reason: "asked to end"))
            guard process.life == life, process.machine != nil else { return }
        }
        switch result {
        case .success(let result): tell(index, .computed(id, result))
        case .failure(let error): tell(index, .computeFailed(id, message: "\(error)"))
        }
    }
}
