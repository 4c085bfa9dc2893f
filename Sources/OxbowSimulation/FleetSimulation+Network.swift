import OxbowProtocol

// Connections: order within one, breaks, and what is lost with them.
extension FleetSimulation {
    /// Messages of one connection arrive in their order; a duplicate comes later.
    /// - Returns: when it arrives.
    @discardableResult
    func send(_ passage: Passage) -> Duration {
        let arrival = max(now + .microseconds(200) + draw(faults.jitter), lastArrival[passage.link] ?? .zero)
        lastArrival[passage.link] = arrival
        queue.add(.arrival(passage), at: arrival)
        if chance(faults.duplication) { queue.add(.arrival(passage), at: arrival + draw(faults.jitter * 4)) }
        return arrival
    }

    /// A message of the broker to whoever is at the other end now.
    @discardableResult
    func send(_ envelope: Envelope, _ payload: Payload, to connection: ConnectionID) -> Duration {
        let link = Link(downOn: connection)
        guard members[link.member].connection(link.lane) == link.connection else {
            // The socket may notice that the peer is gone, or send into the void.
            if chance(0.5) { queue.add(.unreachable(connection, brokerLife: brokerLife), at: now) }
            return now
        }
        return send(Passage(link: link, envelope: envelope, payload: payload))
    }

    func arrive(_ passage: Passage, _ event: SimulatedEvent) {
        let process = members[passage.link.member]
        if now < process.cutOffUntil { return process.held.append(event) }
        if loses(faults.disconnection) {
            disturbances.disconnections += 1
            disturbed(until: now)
            let lanes: [Lane] = [[.control], [.bulk], [.control, .bulk]][random.below(3)]
            let name = process.name
            log("\(name)'s connection breaks: \(lanes.map { "\($0)" }.joined(separator: ", "))")
            disconnect(passage.link.member, lanes, losesInbound: false)
        }
        if isCurrent(passage.link) { return hand(passage) }
        guard let rest = remains[passage.link], now <= rest.until else { return }
        if rest.delay > .zero, passage.link.isUp {
            queue.add(.late(passage, brokerLife: brokerLife), at: now + rest.delay)
        } else {
            hand(passage)
        }
    }

    func isCurrent(_ link: Link) -> Bool { members[link.member].connection(link.lane) == link.connection }

    /// What is on a connection that was given up arrives up to some point, and may be read late.
    struct Remains {
        var until: Duration
        var delay: Duration
    }

    /// To its receiver.
    func hand(_ passage: Passage) {
        if passage.link.isUp {
            read(passage)
        } else {
            tell(passage.link.member, .received(passage.link.lane, passage.envelope, passage.payload))
        }
    }

    func read(_ passage: Passage) { tellBroker(.received(passage.link.id, passage.envelope, passage.payload)) }

    /// A connection ends, and the socket makes a new one, of which the machine is not told. Of what is on the old one nothing, some or
    /// all still arrives, each way.
    /// - Parameter losesInbound: whoever would receive it has closed the socket.
    func disconnect(_ index: Int, _ lanes: [Lane], losesInbound: Bool) {
        for lane in lanes {
            let number = members[index].connection(lane)
            remains[Link(isUp: true, member: index, lane: lane, connection: number)] = drawRemains()
            let down = Link(isUp: false, member: index, lane: lane, connection: number)
            let fresh = Link(isUp: false, member: index, lane: lane, connection: number + 1)
            if !losesInbound {
                remains[down] = drawRemains()
                // One socket reads both: what came over the old connection comes first.
                lastArrival[fresh] = lastArrival[down]
            }
            members[index].connections[lane] = number + 1
        }
    }

    private func drawRemains() -> Remains? {
        let delay = chance(faults.lateness) ? draw(.seconds(15)) : .zero
        switch random.below(3) {
        case 0: return nil
        case 1: return Remains(until: now + draw(faults.jitter * 2), delay: delay)
        default: return Remains(until: .seconds(1 << 40), delay: delay)
        }
    }
}
