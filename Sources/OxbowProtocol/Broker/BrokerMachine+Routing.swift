import OxbowModel

// Bulk messages: checked by their envelope, counted, passed on unopened.
extension BrokerMachine {
    mutating func route(
        _ body: any BodyStorage, _ envelope: Envelope, from connection: ConnectionID, _ now: Duration,
        _ out: inout [BrokerDirective]
    ) {
        if case .artifact(let key) = envelope.content { return store(key, body, envelope, connection, now, &out) }
        counters.received += 1
        guard case .bulk(let key) = envelope.content,
            let sender = boundMember(connection, envelope, .bulk, now, &out),
            isExpected(key, from: sender), run?.routed.contains(key) == false
        else {
            counters.refused += 1  // late, repeated or foreign: it changes nothing
            return
        }
        guard (members[sender]?.underWay ?? 0) < credits(sender) else {
            counters.refused += 1
            refuse(connection, .creditExceeded, "\(sender) has more under way than its credits allow.", &out)
            return lose(sender, "it sent beyond its credits", now, &out)
        }
        run?.routed.insert(key)
        let duration = time(key, sender, now)
        out.append(
            .routed(
                RoutedMessage(
                    tier: members[sender]?.tier ?? "", exchange: key.exchange, direction: key.direction,
                    byteCount: body.byteCount,
                    duration: duration)))
        forward(body, key, from: sender, &out)
        halfAnsweredIfLast(key, now, &out)
    }

    /// Whether a message belongs to the order under way and comes from whom it should.
    private func isExpected(_ key: ExchangeKey, from sender: MemberID) -> Bool {
        guard case .running(let order, _)? = run?.phase, key.term == order.term, order.members.contains(key.slot),
            sender == (key.direction == .up ? .edge(key.slot) : .core()), exchanges(order.next).contains(key.exchange)
        else { return false }
        switch order.next {
        case .half(let half, _): return key.round == half.round && key.step == half.step
        case .barrier(let round): return key.round == round && key.step == run?.plan?.stepsPerRound
        case .pause, .rest, .finish: return false
        }
    }

    /// In the order in which they happen.
    func exchanges(_ next: StepControl.Next) -> [Exchange] {
        switch next {
        case .half(let half, let regenerate):
            switch half.half {
            case .discriminator: [.generatorActivations, .discriminatorActivations, .discriminatorGradients]
            case .generator:
                (regenerate ? [.generatorActivations] : [])
                    + [.generatorPassActivations, .generatorPassGradients, .generatorGradients]
            }
        case .barrier: [.modelDeltas]
        case .pause, .rest, .finish: []
        }
    }

    /// An edge's answer took from when it could begin; the core's from the last message that it needed.
    /// - Returns: how long it took, if that is known.
    private mutating func time(_ key: ExchangeKey, _ sender: MemberID, _ now: Duration) -> Duration? {
        guard let run, case .running(let order, _) = run.phase else { return nil }
        let tier = sender.role == .edge ? members[sender]?.tier : nil
        let duration = self.run?.times.answered(sender, tier: tier, key.exchange, at: now)
        switch key.direction {
        case .down: self.run?.times.begin(.edge(key.slot), at: now)
        case .up:
            self.run?.questions[key.exchange, default: 0] += 1
            if self.run?.questions[key.exchange] == order.members.count { self.run?.times.begin(.core(), at: now) }
        }
        return duration
    }

    private mutating func forward(
        _ body: any BodyStorage, _ key: ExchangeKey, from sender: MemberID, _ out: inout [BrokerDirective]
    ) {
        let receiver: MemberID = key.direction == .up ? .core() : .edge(key.slot)
        let bytes = UInt64(body.byteCount)
        if key.direction == .up {
            run?.traffic[.edge(key.slot), default: Traffic()].up += bytes
        } else {
            run?.traffic[.edge(key.slot), default: Traffic()].down += bytes
        }
        counters.forwarded += 1
        counters.forwardedBytes += bytes
        guard let member = members[receiver], let connection = member.bulk else {
            counters.dropped += 1
            return
        }
        let credit = Credit(member: sender, sessionEpoch: members[sender]?.sessionEpoch ?? 0, term: term)
        members[sender]?.underWay += 1
        var envelope = envelope(member)
        envelope.content = .bulk(key)
        envelope.sender = sender
        out.append(.forward(connection, envelope, body, credit))
    }

    /// A half is committed when the core's answer to every member in its last exchange has been routed.
    private mutating func halfAnsweredIfLast(_ key: ExchangeKey, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard key.direction == .down, case .running(let order, _)? = run?.phase, case .half(let half, _) = order.next,
            key.exchange == exchanges(order.next).last
        else { return }
        run?.answers += 1
        if run?.answers == order.members.count { halfAnswered(half, now, &out) }
    }

    // MARK: Artifacts

    /// A file of the core, bounded in number.
    private mutating func store(
        _ key: ArtifactKey, _ body: any BodyStorage, _ envelope: Envelope, _ connection: ConnectionID, _ now: Duration,
        _ out: inout [BrokerDirective]
    ) {
        guard let sender = boundMember(connection, envelope, .bulk, now, &out) else { return }
        guard sender.role == .core else {
            refuse(connection, .malformed, "Only a core has artifacts.", &out)
            return lose(sender, "it sent an artifact", now, &out)
        }
        guard let run else { return }
        guard run.artifacts.stored < run.mostArtifacts else {
            out.append(.note(.refused(.tooLarge, message: "\(sender): too many artifacts at one barrier")))
            return
        }
        self.run?.artifacts.stored += 1
        out.append(.store(run: run.settings.id, key, body))
        commitIfSaved(now, &out)
    }
}
