import OxbowModel

// Hello, welcome, heartbeats, and what to do when the broker falls silent.
extension MemberMachine {
    mutating func sayHello(_ now: Duration, _ out: inout [MemberDirective]) {
        session.welcome = nil
        session.helloSent = now
        session.lastHeard = now
        let envelope = Envelope(version: versions.upperBound, content: .control)
        out.append(.send(.control, envelope, .control(.hello(hello(.control)))))
    }

    private func hello(_ lane: Lane) -> Hello {
        Hello(
            lowestVersion: versions.lowerBound, highestVersion: versions.upperBound, workerID: identity.workerID,
            role: identity.role, tier: identity.tier, lane: lane, nonce: session.nonce,
            capabilities: identity.capabilities, link: meter.quality, data: identity.data, savedBarriers: savedBarriers,
            savedRun: savedRun)
    }

    mutating func receive(
        _ lane: Lane, _ envelope: Envelope, _ payload: Payload, _ now: Duration, _ out: inout [MemberDirective]
    ) {
        session.lastHeard = now
        switch (envelope.content, payload) {
        case (.control, .control(let message)): receive(message, envelope, now, &out)
        case (.bulk(let key), .bulk(let body)): receive(key, body, envelope, &out)
        default: drop("an envelope that does not match its body", &out)
        }
    }

    private mutating func receive(
        _ message: ControlMessage, _ envelope: Envelope, _ now: Duration, _ out: inout [MemberDirective]
    ) {
        switch message {
        case .welcome(let welcome): welcomed(welcome, now, &out)
        case .error(let code, let text): refused(code, text, now, &out)
        case .goodbye(let reason): end(.stopped(reason: leaving?.reason ?? reason), &out)
        case .heartbeat: break
        case .probe(let probe): probed(probe, now, &out)
        case .standby(let reason): out.append(.note(.standby(reason: reason)))
        default:
            guard let welcome = session.welcome, envelope.sessionEpoch == welcome.sessionEpoch else {
                return drop("a message of another session", &out)
            }
            switch message {
            case .plan(let plan, let barrier, let term): planned(plan, barrier, term, &out)
            case .stepControl(let order): ordered(order, &out)
            default: drop("a message that only the broker receives", &out)
            }
        }
    }

    private mutating func welcomed(_ welcome: Welcome, _ now: Duration, _ out: inout [MemberDirective]) {
        // A duplicate says nothing new; a lower epoch is of a session before this one.
        if let current = session.welcome, welcome.sessionEpoch <= current.sessionEpoch { return }
        guard versions.contains(welcome.version) else {
            let text =
                "The broker answered in protocol version \(welcome.version), this \(identity.role) speaks "
                + "\(ProtocolVersion.words(versions)). Install the same release of Oxbow on both."
            return end(.refused(.versionMismatch, message: text), &out)
        }
        session.welcome = welcome
        session.lastHeartbeat = now
        out.append(.note(.welcomed(welcome)))
        let envelope = Envelope(version: welcome.version, content: .control)
        out.append(.send(.bulk, envelope, .control(.hello(hello(.bulk)))))
        if welcome.probesLink { probe(meter.start(at: now), &out) }
        tellScores(&out)
    }

    // MARK: The link

    private mutating func probed(_ answer: LinkProbe, _ now: Duration, _ out: inout [MemberDirective]) {
        let isKnown = meter.quality.isMeasured
        probe(meter.answered(answer, at: now), &out)
        guard !isKnown, meter.quality.isMeasured else { return }
        out.append(.note(.linkMeasured(meter.quality)))
        sendControl(.link(meter.quality), &out)
    }

    private func probe(_ probe: LinkProbe?, _ out: inout [MemberDirective]) {
        if let probe { out.append(.send(.bulk, envelope(.control), .control(.probe(probe)))) }
    }

    // MARK: Leaving

    /// Goes at once where nobody waits for it, or when asked again; else at the end of the step, or when that takes too long.
    mutating func leave(_ reason: String, _ now: Duration, _ out: inout [MemberDirective]) {
        guard let welcome = session.welcome, work != nil, leaving == nil else { return goodbye(reason, &out) }
        leaving = (reason, now + .milliseconds(Int64(welcome.lease_ms)) * 6)
        out.append(.note(.leaving(reason: reason)))
        sendControl(.leaving(reason: reason), &out)
    }

    mutating func goodbye(_ reason: String, _ out: inout [MemberDirective]) {
        sendControl(.goodbye(reason: reason), &out)
        end(.stopped(reason: reason), &out)
    }

    private mutating func refused(
        _ code: ErrorCode, _ text: String, _ now: Duration, _ out: inout [MemberDirective]
    ) {
        switch code {
        case .notWelcome: restartSession(now, &out)  // the broker does not know this connection (any more)
        default: end(.refused(code, message: text), &out)
        }
    }

    /// Starts over with a new session; committed state and saved barriers stay.
    mutating func restartSession(_ now: Duration, _ out: inout [MemberDirective]) {
        if let leaving { return end(.stopped(reason: leaving.reason), &out) }
        session.nonce &+= 1
        planTerm = 0
        // A broker that was started anew counts its terms from one; late copies are told by their session.
        lastOrder = OrderPosition()
        dropWork()
        out.append(.reconnect)
        sayHello(now, &out)
    }

    mutating func tick(_ now: Duration, _ out: inout [MemberDirective]) {
        if let leaving, now >= leaving.until { return goodbye(leaving.reason, &out) }
        guard let welcome = session.welcome else {
            if now - session.helloSent >= session.patience {
                out.append(.note(.brokerSilent))
                restartSession(now, &out)
            }
            return
        }
        if now - session.lastHeard >= .milliseconds(Int64(welcome.lease_ms)) {
            out.append(.note(.brokerSilent))
            return restartSession(now, &out)
        }
        probe(meter.tick(at: now), &out)
        retrySave(now, &out)
        if now - session.lastHeartbeat >= .milliseconds(Int64(welcome.heartbeat_ms)) {
            session.lastHeartbeat = now
            let (round, step) = position
            let heartbeat = ControlMessage.heartbeat(busy: isBusy, round: round, step: step)
            sendControl(heartbeat, &out)
            // On the bulk lane too: a connection that broke and came back is not the one that was bound.
            out.append(.send(.bulk, envelope(.control), .control(heartbeat)))
        }
    }

    func sendControl(_ message: ControlMessage, _ out: inout [MemberDirective]) {
        out.append(.send(.control, envelope(.control), .control(message)))
    }

    func envelope(_ content: Envelope.Content) -> Envelope {
        Envelope(
            version: session.welcome?.version ?? versions.upperBound, run: plan?.run ?? 0,
            sender: session.welcome?.member, sessionEpoch: session.welcome?.sessionEpoch ?? 0, content: content)
    }

    func drop(_ what: String, _ out: inout [MemberDirective]) {
        out.append(.note(.dropped(what)))
    }
}
