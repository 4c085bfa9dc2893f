import OxbowModel

// Orders, and the programs that carry them out.
extension MemberMachine {
    mutating func planned(_ plan: Plan, _ barrier: UInt32, _ term: UInt32, _ out: inout [MemberDirective]) {
        guard term > planTerm else { return drop("a plan that is not newer", &out) }
        planTerm = term
        self.plan = plan
        out.append(.note(.planned(plan)))
        forgetScores(after: barrier, of: plan)
        dropWork()
        compute(.prepare(plan, barrier: barrier), for: .load(barrier: barrier), &out)
    }

    mutating func dropWork() {
        work = nil
        pending = nil
        early.removeAll()
        horizon = nil
        awaited.removeAll()
    }

    /// An order of a later term replaces the work under way, unless that work is already committed: then it waits.
    mutating func ordered(_ order: StepControl, _ out: inout [MemberDirective]) {
        let position = OrderPosition(order)
        let isLast = order.next == .finish || order.next == .rest
        guard order.next == .finish || position > lastOrder else { return drop("an order that is not newer", &out) }
        lastOrder = position
        out.append(.note(.ordered(order)))
        if isLast {
            // Whatever is under way is void; a commit that comes with it only matters when nothing is open.
            carryOut(order, &out)
        } else if let work, work.mustFinish || commits(order.commit, work.order.next) {
            self.work?.mustFinish = true
            pending = merge(pending, order)
            settle(&out)
        } else {
            carryOut(order, &out)
        }
    }

    private func commits(_ commit: StepControl.Commit, _ work: StepControl.Next) -> Bool {
        switch (commit, work) {
        case (.half(let a), .half(let b, _)): a == b
        case (.barrier(let a), .barrier(let b)): a == b
        default: false
        }
    }

    /// Two orders wait behind one piece of work: the commit of the first and the continuation of the second count.
    private func merge(_ earlier: StepControl?, _ later: StepControl) -> StepControl {
        guard let earlier, later.commit == .nothing else { return later }
        var merged = later
        merged.commit = earlier.commit
        return merged
    }

    /// Carries the pending order out once the work before it is done.
    mutating func settle(_ out: inout [MemberDirective]) {
        guard let order = pending, let work, work.line == work.lines.count, !work.computing else { return }
        pending = nil
        carryOut(order, &out)
    }

    private mutating func carryOut(_ order: StepControl, _ out: inout [MemberDirective]) {
        let before = work
        let done = before.map { $0.line == $0.lines.count && !$0.computing } ?? false
        forgetComputations()
        work = nil
        switch order.commit {
        case .half(let half) where done: compute(.commit(half), for: .silent, &out)
        case .barrier(let round) where done: barrierCommitted(round, before?.order.amendment, &out)
        default: break
        }
        early = early.filter { $0.key.term >= order.term }
        switch order.next {
        case .half, .barrier: begin(order, previous: before?.order, &out)
        case .pause: break
        case .rest: rest(&out)
        case .finish: end(.finished, &out)
        }
    }

    /// The run is over for this member; it says so, and waits for another.
    private mutating func rest(_ out: inout [MemberDirective]) {
        dropWork()
        out.append(.note(.resting))
        sendControl(.heartbeat(busy: false, round: 0, step: 0), &out)
        if let leaving { goodbye(leaving.reason, &out) }
    }

    private mutating func barrierCommitted(
        _ round: UInt32, _ amendment: [Assignment]?, _ out: inout [MemberDirective]
    ) {
        if let amendment { plan?.assignments = amendment }
        savedBarriers = savedBarriers.suffix(2)
        compute(.commitBarrier(round: round), for: .silent, &out)
        beginScoring(round, &out)
    }

    private mutating func begin(_ order: StepControl, previous: StepControl?, _ out: inout [MemberDirective]) {
        if previous?.members != order.members || previous?.term != order.term {
            compute(.setMembers(order.members), for: .silent, &out)
        }
        work = Work(order: order, lines: Program.lines(identity.role, order.next))
        advance(&out)
    }

    /// Starts the next line if what it awaits is here.
    mutating func advance(_ out: inout [MemberDirective]) {
        guard var current = work, !current.computing, current.line < current.lines.count else { return settle(&out) }
        let line = current.lines[current.line]
        var inputs: [any BodyStorage] = []
        if let exchange = line.awaits {
            takeEarly(exchange, &current)
            let slots = awaitedSlots(current.order)
            inputs = slots.compactMap { current.gathered[$0] }
            guard inputs.count == slots.count else {
                work = current
                return
            }
            current.gathered.removeAll()
            horizon = key(exchange, .up, 0, current.order)
        }
        current.computing = true
        work = current
        compute(task(line.work, current.order), inputs, for: .line, &out)
    }

    /// Whose messages a line needs: an edge those to itself, the core those of every member.
    func awaitedSlots(_ order: StepControl) -> [UInt32] {
        identity.role == .core ? order.members : [session.welcome?.member.slot ?? 0]
    }

    private func task(_ work: ProgramLine.Work, _ order: StepControl) -> MemberTask {
        switch (work, order.next) {
        case (.stage(let stage), .half(let half, _)): .stage(stage, half)
        case (.exchangeModels, .barrier(let round)): .exchangeModels(round: round, amendment: order.amendment)
        case (.installModels, .barrier(let round)): .installModels(round: round, amendment: order.amendment)
        default: preconditionFailure("program line \(work) does not belong to \(order.next)")
        }
    }

    mutating func computed(_ id: UInt64, _ result: TaskResult, _ out: inout [MemberDirective]) {
        outstanding -= 1
        let messages = result.messages
        for message in messages where wanted(message) { sendControl(message, &out) }
        guard let purpose = awaited.removeValue(forKey: id) else { return }
        for artifact in result.artifacts {
            out.append(.send(.bulk, envelope(.artifact(artifact.key)), .bulk(artifact.body)))
        }
        switch purpose {
        case .load(let barrier):
            if case .ready(_, let digest)? = messages.first {
                sendControl(.ready(barrier: barrier, digest: digest), &out)
            }
        case .line: lineDone(result.bodies, &out)
        case .save(let round):
            if case .barrierSaved(_, _, let digest, _)? = messages.first {
                let saved = ControlMessage.barrierSaved(
                    term: work?.order.term ?? lastOrder.term, round: round, digest: digest,
                    artifacts: UInt32(result.artifacts.count))
                sendControl(saved, &out)
            }
            keep(round)
            work?.computing = false
            work?.retry = nil
            settle(&out)
        case .silent: break
        }
    }

    /// It is on the disk from here on, whether the member hears of its commit or not: the two before may be returned to until then.
    private mutating func keep(_ round: UInt32) {
        let older = savedRun == plan?.run ? savedBarriers.filter { $0 < round } : []
        savedRun = plan?.run ?? 0
        savedBarriers = older.suffix(2) + [round]
    }

    /// Digests are sent with the term that is known here; everything else goes as it is.
    private func wanted(_ message: ControlMessage) -> Bool {
        switch message {
        case .ready, .barrierSaved: false
        default: true
        }
    }

    private mutating func lineDone(_ bodies: [any BodyStorage], _ out: inout [MemberDirective]) {
        guard var current = work else { return }
        let line = current.lines[current.line]
        if let exchange = line.sends { send(bodies, as: exchange, current.order, &out) }
        current.computing = false
        current.line += 1
        work = current
        if current.line == current.lines.count, case .barrier(let round) = current.order.next {
            work?.computing = true
            return compute(.save(round: round), for: .save(round: round), &out)
        }
        advance(&out)
    }

    private func send(
        _ bodies: [any BodyStorage], as exchange: Exchange, _ order: StepControl, _ out: inout [MemberDirective]
    ) {
        let slots = awaitedSlots(order)
        precondition(bodies.count == slots.count, "\(exchange): \(bodies.count) bodies for \(slots.count) messages")
        for (slot, body) in zip(slots, bodies) {
            let key = self.key(exchange, identity.role == .edge ? .up : .down, slot, order)
            out.append(.send(.bulk, envelope(.bulk(key)), .bulk(body)))
        }
    }

    private func key(_ exchange: Exchange, _ direction: Direction, _ slot: UInt32, _ order: StepControl) -> ExchangeKey {
        let (round, step): (UInt32, UInt32) =
            switch order.next {
            case .half(let half, _): (half.round, half.step)
            case .barrier(let round): (round, plan?.stepsPerRound ?? 0)
            default: (0, 0)
            }
        return ExchangeKey(
            term: order.term, round: round, step: step, exchange: exchange, direction: direction, slot: slot)
    }

    mutating func computeFailed(_ id: UInt64, _ message: String, _ now: Duration, _ out: inout [MemberDirective]) {
        outstanding -= 1
        guard let purpose = awaited.removeValue(forKey: id) else { return }
        if case .save(let round) = purpose { return saveFailed(round, message, now, &out) }
        sendControl(.error(.computeFailed, message: message), &out)
        end(.failed(message: message), &out)
    }

    /// The barrier waits until the state is written, and the broker knows why; the member's lease is kept meanwhile.
    private mutating func saveFailed(_ round: UInt32, _ message: String, _ now: Duration, _ out: inout [MemberDirective]) {
        let pauses = SaveRetry.pauses
        let pause = min(work?.retry.map { $0.pause * 2 } ?? pauses.lowerBound, pauses.upperBound)
        work?.retry = SaveRetry(round: round, pause: pause, next: now + pause)
        out.append(.note(.saveFailed(round: round, reason: message, retryIn: pause)))
        sendControl(.saveFailed(term: work?.order.term ?? lastOrder.term, round: round, reason: message), &out)
    }

    mutating func retrySave(_ now: Duration, _ out: inout [MemberDirective]) {
        guard let retry = work?.retry, let next = retry.next, now >= next else { return }
        work?.retry?.next = nil
        compute(.save(round: retry.round), for: .save(round: retry.round), &out)
    }

    // MARK: Bulk messages

    /// Takes a body if the work under way still needs it, keeps it if it is early, drops it otherwise.
    mutating func receive(
        _ key: ExchangeKey, _ body: any BodyStorage, _ envelope: Envelope, _ out: inout [MemberDirective]
    ) {
        guard key.direction == (identity.role == .edge ? .down : .up) else {
            return drop("\(key): wrong direction", &out)
        }
        guard key.term >= (work?.order.term ?? lastOrder.term) else { return drop("\(key): an older term", &out) }
        guard !isPast(key), work?.gathered[key.slot] == nil || !isAwaited(key) else {
            return drop("\(key): a duplicate", &out)
        }
        guard early[key] == nil, early.count < earlyLimit || early.count(where: { $0.key.slot == key.slot }) < 2 else {
            return drop("\(key): twice, or too early", &out)
        }
        early[key] = body
        advance(&out)
    }

    /// Whether a line consumed the exchange already.
    private func isPast(_ key: ExchangeKey) -> Bool {
        guard let horizon else { return false }
        return (key.term, key.round, key.step, key.exchange)
            <= (horizon.term, horizon.round, horizon.step, horizon.exchange)
    }

    /// Whether the line under way gathers this exchange.
    private func isAwaited(_ key: ExchangeKey) -> Bool {
        guard let work, work.line < work.lines.count, let exchange = work.lines[work.line].awaits else { return false }
        return self.key(exchange, key.direction, key.slot, work.order) == key
    }

    /// No honest peer is more than one half ahead: two exchanges of every member bound what can be early. Newcomers at the
    /// barrier to come are not in the plan yet; two of each slot are always taken.
    private var earlyLimit: Int { 2 * max(1, plan?.assignments.count ?? 1) + 2 }

    private mutating func takeEarly(_ exchange: Exchange, _ current: inout Work) {
        let direction: Direction = identity.role == .edge ? .down : .up
        for slot in awaitedSlots(current.order) where current.gathered[slot] == nil {
            let key = key(exchange, direction, slot, current.order)
            if let body = early.removeValue(forKey: key) { current.gathered[slot] = body }
        }
    }
}
