import OxbowModel

// Bulk messages: checked by their envelope, counted, passed on unopened.
extension BrokerMachine {
    mutating func route(
        _ body: any BodyStorage, _ envelope: Envelope, from connection: ConnectionID, _ now: Duration,
        _ out: inout [BrokerDirective]
    ) {
        counters.received += 1
        guard case .bulk(let key) = envelope.content,
            let sender = boundMember(connection, envelope, .bulk, now, &out),
            isExpected(key, from: sender), !routed.contains(key)
        else {
            counters.refused += 1  // late, repeated or foreign: it changes nothing
            return
        }
        guard (members[sender]?.underWay ?? 0) < credits(sender) else {
            counters.refused += 1
            refuse(connection, .creditExceeded, "\(sender) has more under way than its credits allow.", &out)
            return lose(sender, "it sent beyond its credits", &out)
        }
        routed.insert(key)
        forward(body, key, from: sender, &out)
        halfAnsweredIfLast(key, &out)
    }

    /// Whether a message belongs to the order under way and comes from whom it should.
    private func isExpected(_ key: ExchangeKey, from sender: MemberID) -> Bool {
        guard case .running(let order, _) = phase, key.term == order.term, order.members.contains(key.slot),
            sender == (key.direction == .up ? .edge(key.slot) : .core())
        else { return false }
        switch order.next {
        case .half(let half, let regenerate):
            return key.round == half.round && key.step == half.step
                && exchanges(half.half, regenerate).contains(key.exchange)
        case .barrier(let round): return key.round == round && key.exchange == .modelDeltas
        case .pause, .rest, .finish: return false
        }
    }

    private func exchanges(_ half: Half, _ regenerate: Bool) -> [Exchange] {
        switch half {
        case .discriminator: [.generatorActivations, .discriminatorActivations, .discriminatorGradients]
        case .generator:
            (regenerate ? [.generatorActivations] : [])
                + [.generatorPassActivations, .generatorPassGradients, .generatorGradients]
        }
    }

    private mutating func forward(
        _ body: any BodyStorage, _ key: ExchangeKey, from sender: MemberID, _ out: inout [BrokerDirective]
    ) {
        let receiver: MemberID = key.direction == .up ? .core() : .edge(key.slot)
        let bytes = UInt64(body.byteCount)
        if key.direction == .up {
            traffic[.edge(key.slot), default: Traffic()].up += bytes
        } else {
            traffic[.edge(key.slot), default: Traffic()].down += bytes
        }
        counters.forwarded += 1
        counters.forwardedBytes += bytes
        guard let member = members[receiver], let connection = member.bulk else { return }
        let credit = Credit(member: sender, sessionEpoch: members[sender]?.sessionEpoch ?? 0, term: term)
        members[sender]?.underWay += 1
        var envelope = envelope(member)
        envelope.content = .bulk(key)
        envelope.sender = sender
        out.append(.forward(connection, envelope, body, credit))
    }

    /// A half is committed when the core's answer to every member in its last exchange has been routed.
    private mutating func halfAnsweredIfLast(_ key: ExchangeKey, _ out: inout [BrokerDirective]) {
        guard key.direction == .down, case .running(let order, _) = phase, case .half(let half, _) = order.next else {
            return
        }
        let last: Exchange = half.half == .discriminator ? .discriminatorGradients : .generatorGradients
        guard key.exchange == last else { return }
        let answered = routed.filter { $0.exchange == last && $0.direction == .down }
        if answered.count == order.members.count { halfAnswered(half, &out) }
    }
}
