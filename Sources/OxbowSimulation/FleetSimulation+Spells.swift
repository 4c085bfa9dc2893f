import OxbowProtocol

// What passes: partitions, processes that stand still, clocks that jump.
extension FleetSimulation {
    func beginSpells() {
        if let span = spell(faults.partition) { cutOff(for: span) }
        if let span = spell(faults.suspension) { suspend(for: span) }
        if let span = spell(faults.jump) { jump(by: span) }
    }

    /// One member or more: nothing passes between them and the broker, and no end of a connection is seen.
    private func cutOff(for span: Duration) {
        disturbances.partitions += 1
        disturbed(until: now + span)
        let first = random.below(members.count)
        for index in members.indices where index == first || chance(0.3) {
            let name = members[index].name
            log("\(name) is cut off for \(span)")
            members[index].cutOffUntil = now + span
            queue.add(.heal(index), at: now + span)
        }
    }

    /// What waited is delivered late; or a socket has given the connection up, and what is beyond some point is lost.
    func heal(_ index: Int) {
        let process = members[index]
        guard now >= process.cutOffUntil else { return }  // cut off again meanwhile
        let held = process.held
        process.held = []
        let name = process.name
        log("\(name) is no longer cut off; \(held.count) messages waited")
        guard chance(0.5) else {
            for case .arrival(let passage) in held { arrive(passage, .arrival(passage)) }
            return
        }
        let through = held.prefix(random.below(held.count + 1))
        for case .arrival(let passage) in through where isCurrent(passage.link) { hand(passage) }
        disconnect(index, Lane.allCases, losesInbound: false)
    }

    /// A process stands still, as by SIGSTOP or a closed lid: its clock goes on.
    private func suspend(for span: Duration) {
        disturbances.suspensions += 1
        disturbed(until: now + span)
        let index = random.below(members.count + 1)
        guard index < members.count else {
            log("the broker stands still for \(span)")
            brokerSuspendedUntil = now + span
            return queue.add(.brokerGoesOn(brokerLife: brokerLife), at: now + span)
        }
        let name = members[index].name
        log("\(name) stands still for \(span)")
        members[index].suspendedUntil = now + span
        queue.add(.goesOn(index), at: now + span)
    }

    /// Which it sees first, what waited or the time, is drawn.
    func goOn(_ index: Int) {
        let process = members[index]
        guard now >= process.suspendedUntil else { return }
        let backlog = process.backlog
        process.backlog = []
        let name = process.name
        log("\(name) goes on; \(backlog.count) events waited")
        let ticksFirst = chance(0.5)
        for event in (ticksFirst ? [.tick] : []) + backlog + (ticksFirst ? [] : [.tick]) { tell(index, event) }
    }

    private func jump(by span: Duration) {
        disturbances.jumps += 1
        disturbed(until: now)
        let index = random.below(members.count + 1)
        guard index < members.count else {
            log("the broker's clock jumps by \(span)")
            brokerClock.offset += span
            return
        }
        let name = members[index].name
        log("\(name)'s clock jumps by \(span)")
        members[index].clock.offset += span
    }
}
