import OxbowProtocol
import OxbowScheduling

// The broker's process: told, crashed, started again from its journal, held up by a full disk.
extension FleetSimulation {
    /// It can handle an event now.
    var brokerIsFree: Bool { brokerIsUp && now >= brokerSuspendedUntil && blocked == nil }

    func tellBroker(_ event: BrokerEvent) {
        guard brokerIsFree else {
            switch event {
            case .tick: return  // timers do not pile up
            // Who dials a broker that is down keeps its messages until it is up.
            case .received: break
            default: guard brokerIsUp else { return }
            }
            return brokerBacklog.append(event)
        }
        if case .handedOver(let credit) = event { underWay[credit, default: 0] -= 1 }
        brokerHandled = true
        tap?(.event(event, at: now))
        let directives = broker.handle(event, at: brokerClock.time(at: now))
        guard loses(brokerCrash(amid: directives)) else { return perform(directives) }
        // It dies after any of them.
        let life = brokerLife
        perform(Array(directives.prefix(random.below(directives.count + 1))))
        if outcome == nil, brokerIsUp, brokerLife == life { crashBroker() }
    }

    /// A decision is where most can go wrong, and few events are one: a crash comes more often there.
    private func brokerCrash(amid directives: [BrokerDirective]) -> Double {
        let decides = directives.contains { if case .journal(_, durable: true) = $0 { true } else { false } }
        return decides ? min(1, faults.brokerCrash * Self.decisionWeight) : faults.brokerCrash
    }

    private static let decisionWeight = 20.0

    /// What was on its way to it is lost, some of its last words too, and what it wrote since it last synced its journal.
    private func crashBroker() {
        disturbances.brokerCrashes += 1
        let downtime = draw(faults.downtime)
        disturbed(until: now + downtime)
        log("the broker crashes")
        journal.crash()
        brokerIsUp = false
        brokerLife += 1
        brokerSuspendedUntil = .zero
        blocked = nil
        brokerBacklog = []
        underWay = [:]
        bytesInBroker = 0
        for index in members.indices {
            for lane in Lane.allCases {
                let link = Link(isUp: true, member: index, lane: lane, connection: members[index].connection(lane))
                disconnect(index, [lane], losesInbound: false)
                remains[link] = nil
            }
        }
        queue.add(.startBroker, at: now + downtime)
    }

    func startBroker() {
        // By way of the records that a journal is made anew from: a broker goes on from those as well.
        let known = Recovery(journal.records).known
        let recovery = Recovery(Recovery(journal.records).records)
        invariants.recovered(journal.records)
        // As the process does: one whose only run came to its end has nothing to do.
        if settings.servesOneRun, recovery.run?.outcome == .finished { return endAsFinished() }
        brokerIsUp = true
        brokerClock = makeClock()
        tap?(.restarted(at: now))
        broker = BrokerMachine(settings, recovering: recovery, runs: runs)
        log("the broker starts at barrier \(recovery.run?.lastBarrier ?? 0)")
        let waited = brokerBacklog
        brokerBacklog = []
        // What died before it was written down is submitted again.
        let again = runs.filter { !known.contains($0.id) }.map { BrokerEvent.submitted($0) }
        for event in again + [.tick] + waited { tellBroker(event) }
    }

    private func endAsFinished() {
        log("the broker finds that the run is over")
        (outcome, endedAt) = (.finished, now)
        if outcomes.isEmpty { outcomes = [.finished] }
    }

    /// Its journal has room again, or its process goes on.
    func brokerGoesOn() {
        if let (directives, until) = blocked, now >= until, now >= brokerSuspendedUntil {
            blocked = nil
            log("the broker's journal has room")
            perform(directives)
        }
        guard brokerIsFree else { return }
        let backlog = brokerBacklog
        brokerBacklog = []
        log("the broker goes on; \(backlog.count) events waited")
        let ticksFirst = chance(0.5)
        for event in (ticksFirst ? [.tick] : []) + backlog + (ticksFirst ? [] : [.tick]) { tellBroker(event) }
    }

    private func perform(_ directives: [BrokerDirective]) {
        for (index, directive) in directives.enumerated() {
            if case .journal = directive, let span = spell(faults.fullJournal) {
                disturbances.fullJournals += 1
                disturbed(until: now + span)
                log("the broker's journal is full for \(span)")
                blocked = (Array(directives[index...]), now + span)
                return queue.add(.brokerGoesOn(brokerLife: brokerLife), at: now + span)
            }
            perform(directive)
        }
    }

    private func perform(_ directive: BrokerDirective) {
        tap?(.directive(directive, at: now))
        switch directive {
        case .send(let connection, let envelope, let message): send(envelope, .control(message), to: connection)
        case .forward(let connection, let envelope, let body, let credit):
            underWay[credit, default: 0] += 1
            bytesInBroker += body.byteCount
            mostBytesInBroker = max(mostBytesInBroker, bytesInBroker)
            invariants.forwarded(envelope)
            // A body has left the broker when its receiver has it, and the broker hears of that last.
            let arrival = send(envelope, .bulk(body), to: connection)
            queue.add(.handedOver(credit, bytes: body.byteCount, brokerLife: brokerLife), at: arrival)
        case .plan(let number, let request, let planner):
            let result = Result { () throws(PlanningError) in try planner.plan(for: request) }
            queue.add(.planned(number, result, brokerLife: brokerLife), at: now + draw(faults.planning))
        case .store, .forget, .routed: break
        case .dropBodies(let term, let answers): dropWaiting(before: term, sparing: answers)
        case .journal(let record, let durable):
            journal.write(record, durable: durable)
            invariants.journaled(record, self)
            if case .barrier(_, let digests) = record { self.digests = digests }
        case .note(let note): noted(note)
        case .end(let outcome): (self.outcome, endedAt) = (outcome, now)
        }
    }

    private func noted(_ note: BrokerNote) {
        log("broker: \(note.words)")
        switch note {
        case .started(let run, _): active = runs.first { $0.id == run }
        case .ended(let outcome):
            outcomes.append(outcome)
            active = nil
        case .planned(let plan): (firstAssignments, amendments) = (plan.assignments, [])
        case .ordered(let order): invariants.ordered(order)
        case .returned(_, let lacking): invariants.returned(lacking: lacking, self)
        case .sidelined: sidelined += 1
        case .lost: sessionsLost += 1
        case .barrier: barriers += 1
        case .scores(let member, let round, _): scored(member, round)
        case .amended(let round, let assignments):
            let before = amendments.last?.assignments ?? firstAssignments
            joins += assignments.count { new in !before.contains { $0.slot == new.slot } }
            amendments.append((round, assignments))
        default: break
        }
    }

    /// Bodies that still wait in the broker: which these are hangs on links; here it is drawn.
    private func dropWaiting(before term: UInt32, sparing answers: CommittedAnswers?) {
        queue.remove { event in
            guard case .arrival(let passage) = event, !passage.link.isUp, case .bulk(let key) = passage.envelope.content else {
                return false
            }
            return key.term < term && answers?.contains(key) != true && random.uniformDouble() < 0.5
        }
    }
}
