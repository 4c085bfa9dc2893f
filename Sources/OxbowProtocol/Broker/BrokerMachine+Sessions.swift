import OxbowModel

// Hello, leases, and losing a member.
extension BrokerMachine {
    mutating func receive(
        _ message: ControlMessage, _ envelope: Envelope, on connection: ConnectionID, _ now: Duration,
        _ out: inout [BrokerDirective]
    ) {
        if case .hello(let hello) = message { return greet(hello, as: nil, on: connection, now, &out) }
        if bindings[connection]?.lane == .bulk { return receiveOnBulk(message, envelope, connection, now, &out) }
        guard let id = boundMember(connection, envelope, .control, now, &out) else { return }
        switch message {
        case .heartbeat(let busy, let round, let step): heartbeat(id, busy, round, step, now, &out)
        case .ready(let barrier, let digest): ready(id, barrier, digest, now, &out)
        case .barrierSaved(let term, let round, let digest, let artifacts):
            saved(id, term, round, digest, artifacts: Int(artifacts), now, &out)
        case .saveFailed(let term, let round, let reason): saveFailed(id, term, round, reason, now, &out)
        case .metrics(let metrics): take(metrics, of: id, &out)
        case .aggregation(let report) where id.role == .core: out.append(.note(.aggregation(report)))
        case .scores(let scores) where id.role == .edge: take(scores, of: id, now, &out)
        case .link(let link):
            members[id]?.link = link
            members[id]?.knowsLink = true
            gather(now, &out)
        case .leaving(let reason): leave(id, reason, now, &out)
        case .goodbye(let reason): bidFarewell(id, reason, now, &out)
        case .error(_, let text): failed(id, text, now, &out)
        case .hello, .welcome, .plan, .stepControl, .standby, .probe, .aggregation, .scores:
            refuse(connection, .malformed, "This message is not for the broker, not on this lane, or not this member's.", &out)
        }
    }

    /// A heartbeat shows that the bulk connection is still the one that was bound; it needs no answer. A probe gets one.
    private mutating func receiveOnBulk(
        _ message: ControlMessage, _ envelope: Envelope, _ connection: ConnectionID, _ now: Duration,
        _ out: inout [BrokerDirective]
    ) {
        guard let id = boundMember(connection, envelope, .bulk, now, &out) else { return }
        switch message {
        case .probe(let probe): answer(probe, of: id, on: connection, &out)
        case .heartbeat: break
        default: refuse(connection, .malformed, "This message belongs on the control lane.", &out)
        }
    }

    /// Answers wait in memory until they are read: a session gets only so many bytes.
    private mutating func answer(
        _ probe: LinkProbe, of id: MemberID, on connection: ConnectionID, _ out: inout [BrokerDirective]
    ) {
        let bytes = Int(min(probe.answerBytes, 1 << 19))
        guard let member = members[id], member.probedBytes + bytes <= Self.mostProbedBytes else {
            return out.append(.note(.refused(.creditExceeded, message: "\(id): more probes than measuring a link takes")))
        }
        members[id]?.probedBytes += bytes + Self.probeBytes
        let padding = [UInt8](repeating: 0, count: bytes)
        out.append(.send(connection, envelope(member), .probe(LinkProbe(number: probe.number, padding: padding))))
    }

    /// Measuring takes 3 MB at most; an answer that was lost is asked for again.
    private static let mostProbedBytes = 8 << 20
    /// What an answer without padding counts.
    private static let probeBytes = 1 << 10

    private mutating func heartbeat(
        _ id: MemberID, _ busy: Bool, _ round: UInt32, _ step: UInt32, _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        members[id]?.heartbeat = (busy, round, step)
        send(.heartbeat(busy: false, round: 0, step: 0), to: id, &out)
        if !busy, round == 0 { rested(id, now, &out) }
    }

    private mutating func take(_ metrics: StepMetrics, of id: MemberID, _ out: inout [BrokerDirective]) {
        run?.measured[id, default: .init()].add(metrics)
        out.append(.note(.metrics(id, metrics)))
    }

    private mutating func failed(_ id: MemberID, _ text: String, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard let run, run.participants.contains(id), !run.isOver, run.settings.membership == .strict || id.role == .core
        else { return lose(id, "it failed: \(text)", now, &out) }
        finish(.failed(message: "\(id) (\(members[id]?.workerID ?? "")) failed: \(text)"), now, &out)
    }

    /// The member behind a connection, if the envelope tells the truth about it.
    mutating func boundMember(
        _ connection: ConnectionID, _ envelope: Envelope, _ lane: Lane, _ now: Duration, _ out: inout [BrokerDirective]
    ) -> MemberID? {
        if lane == .control, let id = successors[connection], envelope.sessionEpoch == members[id]?.successor?.epoch {
            takeOver(id, now, &out)
        }
        guard let binding = bindings[connection], binding.lane == lane else {
            if superseded.contains(connection) {
                refuse(connection, .duplicateWorker, "Another process has taken this worker's place.", &out)
            } else {
                refuse(connection, .notWelcome, "This connection has no session; say hello first.", &out)
            }
            return nil
        }
        guard envelope.sessionEpoch == members[binding.member]?.sessionEpoch else {
            out.append(.note(.refused(.staleSession, message: "\(binding.member): a message of an older session")))
            return nil
        }
        guard envelope.sender == binding.member else {
            refuse(connection, .wrongSender, "The envelope names another sender than \(binding.member).", &out)
            return nil
        }
        members[binding.member]?.lastHeard = now
        return binding.member
    }

    /// - Parameter admission: what the connection's key allows; nil without keys, when a hello is believed.
    mutating func greet(
        _ hello: Hello, as admission: Admission?, on connection: ConnectionID, _ now: Duration,
        _ out: inout [BrokerDirective]
    ) {
        if let fault = admission?.fault(of: hello) { return refuse(connection, .notEnrolled, fault, &out) }
        if let binding = bindings[connection] {
            guard binding.lane == hello.lane, binding.member.role == hello.role,
                members[binding.member]?.workerID == hello.workerID
            else {
                return refuse(connection, .wrongSender, "This connection belongs to \(binding.member).", &out)
            }
        }
        guard commonVersion(hello) != nil else {
            return refuse(connection, .versionMismatch, versionFault(of: hello), &out)
        }
        if hello.lane == .bulk { return attach(hello, connection, now, &out) }
        if let (code, message) = fault(of: hello) { return refuse(connection, code, message, &out) }
        switch place(for: hello, slot: admission?.slot) {
        case .failure(let refusal): refuse(connection, refusal.code, refusal.message, &out)
        case .success(let id): open(id, hello, connection, now, &out)
        }
    }

    /// The highest that both speak.
    private func commonVersion(_ hello: Hello) -> UInt32? {
        let common = min(hello.highestVersion, settings.versions.upperBound)
        return common >= max(hello.lowestVersion, settings.versions.lowerBound) ? common : nil
    }

    /// What is older must be upgraded; a broker first, since it speaks the version before its own as well.
    private func versionFault(of hello: Hello) -> String {
        let own = ProtocolVersion.words(settings.versions)
        let theirs = ProtocolVersion.words(lowest: hello.lowestVersion, highest: hello.highestVersion)
        let remedy =
            hello.lowestVersion > settings.versions.upperBound
            ? "Upgrade the broker first, or start the release of this \(hello.role) that the broker has."
            : "Upgrade this \(hello.role) to the broker's release."
        return "This broker speaks \(own), the \(hello.role) '\(hello.workerID)' \(theirs). \(remedy)"
    }

    struct Refusal: Error {
        var code: ErrorCode
        var message: String
    }

    /// Claims that cannot be true or do not fit the run.
    private func fault(of hello: Hello) -> (ErrorCode, String)? {
        let name = "\(hello.role) '\(hello.workerID)'"
        guard !hello.workerID.isEmpty, hello.workerID.utf8.count <= 128 else {
            return (.unfitCapability, "A worker needs a name of 1 to 128 bytes.")
        }
        let speeds = hello.capabilities.speeds.flatMap { [$0.gflops, $0.outerGflops] }
        guard speeds.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            return (.unfitCapability, "The \(name) announces an impossible speed.")
        }
        guard hello.role == .edge else { return nil }
        guard hello.data.samples > 0 else {
            return (.unfitData, "The \(name) announces no training images. Check its --data and --domain.")
        }
        return settings.servesOneRun ? onlyRunMisfit(hello, name) : nil
    }

    /// Where there will be no other run, a worker that does not fit need not stay.
    private func onlyRunMisfit(_ hello: Hello, _ name: String) -> (ErrorCode, String)? {
        guard let only = run?.settings ?? queue.first else { return nil }
        if let reason = dataMisfit(hello.data, only.template.model) {
            return (.unfitData, "The \(name) does not fit: \(reason). Give it data of that form.")
        }
        // Who breaks a rule stands by, and is counted in what the run says that it waits for.
        guard !only.demands.contains(where: { $0.tier == hello.tier }), let reason = misfit(Member(hello), only) else {
            return nil
        }
        return (.unfitCapability, "The \(name) does not fit: \(reason). Start it with another --tier, or change the experiment.")
    }

    private func place(for hello: Hello, slot: UInt32?) -> Result<MemberID, Refusal> {
        if let known = members.values.first(where: { $0.workerID == hello.workerID && $0.id.role == hello.role }) {
            guard known.issuedEpoch < .max else {
                return .failure(
                    Refusal(
                        code: .noFreeSlot,
                        message: "The 2^32 sessions of \(hello.role) '\(hello.workerID)' are used up. Give it another --id."))
            }
            return .success(known.id)
        }
        if hello.role == .core {
            // A core that is away may be replaced: what it must know is on its disk, or begins anew.
            guard let core = members[.core()], core.control != nil else { return .success(.core()) }
            return .failure(
                Refusal(
                    code: .noFreeSlot,
                    message: "The fleet has its core, '\(core.workerID)'. Stop that one first, or take part as an edge."))
        }
        if settings.reservations.isEmpty { return openPlace(for: hello, slot: slot) }
        guard let kept = settings.reservations.first(where: { $0.workerID == hello.workerID && $0.tier == hello.tier }) else {
            return .failure(
                Refusal(code: .noFreeSlot, message: "No place is kept for worker '\(hello.workerID)' of tier '\(hello.tier)'."))
        }
        return .success(.edge(kept.slot))
    }

    /// The slot of its key, else the lowest free one, for good. A run that can take nobody else has none.
    private func openPlace(for hello: Hello, slot enrolled: UInt32?) -> Result<MemberID, Refusal> {
        if settings.servesOneRun, let only = run?.settings ?? queue.first, only.membership == .strict {
            let wanted = only.demands.filter { $0.tier == hello.tier }.reduce(0) { $0 + $1.workers }
            guard members.values.count(where: { $0.id.role == .edge && $0.tier == hello.tier }) < wanted else {
                return .failure(
                    Refusal(
                        code: .noFreeSlot,
                        message: "All places of tier '\(hello.tier)' are taken. Raise the tier's `workers` in the experiment."))
            }
        }
        let taken = Set(members.keys.filter { $0.role == .edge }.map(\.slot))
        var slot: UInt32 = 0
        if let enrolled, !taken.contains(enrolled) { slot = enrolled }
        while taken.contains(slot) { slot += 1 }
        guard slot < Self.slots else {
            return .failure(Refusal(code: .noFreeSlot, message: "The fleet has \(Self.slots) workers, which is the most."))
        }
        return .success(.edge(slot))
    }

    /// As many as a plan can name.
    private static let slots: UInt32 = 16384

    /// Opens a new session on the control lane; an older one of the same worker ends when this one is answered.
    private mutating func open(
        _ id: MemberID, _ hello: Hello, _ connection: ConnectionID, _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        if let known = members[id] {
            if known.nonce == hello.nonce, known.control == connection { return welcome(id, &out) }
            if let successor = known.successor, successor.hello.nonce == hello.nonce, successor.connection == connection {
                return welcome(id, successor, &out)
            }
            guard !known.usedNonces.contains(hello.nonce), !isOlder(hello.nonce, than: known.nonce) else { return }  // late
        }
        guard mayBegin(id, now) else {
            return out.append(
                .note(.refused(.notWelcome, message: "\(id): more sessions are begun than the broker can write down")))
        }
        dropSuccessor(of: id, &out)
        var member = members[id] ?? Member(hello, id: id)
        member.issuedEpoch += 1
        member.usedNonces = (member.usedNonces + [hello.nonce]).suffix(16)
        let successor = Successor(hello: hello, connection: connection, epoch: member.issuedEpoch, since: now)
        member.successor = successor
        members[id] = member
        successors[connection] = id
        out.append(
            .journal(
                .enrolled(id, workerID: hello.workerID, tier: hello.tier, sessionEpoch: successor.epoch), durable: true))
        if member.control == nil { takeOver(id, now, &out) }
        welcome(id, successor, &out)
    }

    /// Strangers must not be able to keep the broker busy with its disk, nor away from those whom a run needs.
    private mutating func mayBegin(_ id: MemberID, _ now: Duration) -> Bool {
        guard isNeeded(id) else { return allowance.take(at: now) }
        return members[id] == nil || members[id]?.allowance.take(at: now) == true
    }

    private func isNeeded(_ id: MemberID) -> Bool {
        if id.role == .core || settings.reservations.contains(where: { $0.slot == id.slot }) { return true }
        return run?.plan != nil && run?.seats[id.slot] != nil
    }

    /// The successor's session begins.
    private mutating func takeOver(_ id: MemberID, _ now: Duration, _ out: inout [BrokerDirective]) {
        guard let successor = members[id]?.successor else { return }
        members[id]?.successor = nil
        successors[successor.connection] = nil
        lose(id, "it came back on a new connection", supersede: true, now, &out)
        guard var member = members[id] else { return }
        let hello = successor.hello
        member.version = commonVersion(hello) ?? member.version
        member.sessionEpoch = successor.epoch
        member.nonce = hello.nonce
        member.control = successor.connection
        member.lastHeard = now
        (member.workerID, member.tier) = (hello.workerID, hello.tier)
        member.data = hello.data
        member.capabilities = hello.capabilities
        // A new process may be on another network: the link known before serves until it has measured its own.
        member.knowsLink = hello.link.isMeasured
        if hello.link.isMeasured { member.link = hello.link }
        member.standby = nil
        member.hasLeft = false
        member.savedRun = hello.savedRun
        member.savedBarriers = hello.savedBarriers
        members[id] = member
        bindings[successor.connection] = Binding(member: id, lane: .control)
    }

    mutating func dropSuccessor(of id: MemberID, _ out: inout [BrokerDirective]) {
        guard let successor = members[id]?.successor else { return }
        members[id]?.successor = nil
        successors[successor.connection] = nil
        out.append(.forget(successor.connection))
    }

    /// A process counts its nonces up: one just below the last is of a session that it gave up before.
    private func isOlder(_ nonce: UInt64, than last: UInt64) -> Bool { (1...Self.sessions).contains(last &- nonce) }

    /// Sessions that one process may have begun while a hello was under way.
    private static let sessions: UInt64 = 1 << 16

    private mutating func welcome(_ id: MemberID, _ out: inout [BrokerDirective]) {
        guard let member = members[id] else { return }
        send(welcome(member, epoch: member.sessionEpoch, knowsLink: member.knowsLink), to: id, &out)
    }

    private func welcome(_ id: MemberID, _ successor: Successor, _ out: inout [BrokerDirective]) {
        guard let member = members[id] else { return }
        var envelope = envelope(nil)
        envelope.sessionEpoch = successor.epoch
        var answered = member
        answered.version = commonVersion(successor.hello) ?? member.version
        envelope.version = answered.version
        let welcome = welcome(answered, epoch: successor.epoch, knowsLink: successor.hello.link.isMeasured)
        out.append(.send(successor.connection, envelope, welcome))
    }

    private func welcome(_ member: Member, epoch: UInt32, knowsLink: Bool) -> ControlMessage {
        .welcome(
            Welcome(
                version: member.version, member: member.id, sessionEpoch: epoch, credits: UInt32(credits(member.id)),
                heartbeat_ms: milliseconds(settings.heartbeat), lease_ms: milliseconds(settings.lease),
                probesLink: settings.probesLinks && !knowsLink))
    }

    /// Binds the bulk lane to the session that the control lane opened.
    private mutating func attach(
        _ hello: Hello, _ connection: ConnectionID, _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        let successor = members.values.first {
            $0.successor?.hello.workerID == hello.workerID && $0.id.role == hello.role && $0.successor?.hello.nonce == hello.nonce
        }
        if let successor { takeOver(successor.id, now, &out) }
        guard
            let id = members.values.first(where: {
                $0.workerID == hello.workerID && $0.id.role == hello.role && $0.nonce == hello.nonce && $0.control != nil
            })?.id
        else { return refuse(connection, .notWelcome, "No control session goes with this connection.", &out) }
        guard members[id]?.bulk == nil else { return }
        members[id]?.bulk = connection
        members[id]?.lastHeard = now
        bindings[connection] = Binding(member: id, lane: .bulk)
        if let member = members[id] {
            out.append(
                .note(.joined(id, workerID: member.workerID, tier: member.tier, sessionEpoch: member.sessionEpoch)))
        }
        memberComplete(id, now, &out)
    }

    mutating func expireLeases(_ now: Duration, _ out: inout [BrokerDirective]) {
        for member in enrolled where member.successor.map({ now - $0.since >= settings.lease }) == true {
            dropSuccessor(of: member.id, &out)
        }
        for member in enrolled where member.control != nil && now - member.lastHeard >= settings.lease {
            lose(member.id, "nothing was heard of it for \(settings.lease)", now, &out)
        }
    }

    /// Ends a member's session; its place stays its own.
    mutating func lose(
        _ id: MemberID, _ reason: String, supersede: Bool = false, as note: BrokerNote? = nil, _ now: Duration,
        _ out: inout [BrokerDirective]
    ) {
        guard members[id]?.control != nil else { return }
        unbind(id, supersede: supersede, &out)
        out.append(.journal(.lost(id, reason: reason), durable: true))
        out.append(.note(note ?? .lost(id, reason: reason)))
        memberLost(id, now, &out)
    }

    /// It goes on its own wish: that is a loss to the run that it takes part in, and to nobody else.
    mutating func bidFarewell(_ id: MemberID, _ reason: String, _ now: Duration, _ out: inout [BrokerDirective]) {
        let isLoss = run?.isOver == false && run?.participants.contains(id) == true
        let note = isLoss ? BrokerNote.lost(id, reason: JournalRecord.leaving(reason)) : .left(id, reason: reason)
        loseForGood(id, reason, as: note, now, &out)
    }

    /// Ends the session of a member that will not come back by itself: nobody need look for it.
    mutating func loseForGood(
        _ id: MemberID, _ reason: String, as note: BrokerNote, _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        lose(id, JournalRecord.leaving(reason), as: note, now, &out)
        members[id]?.hasLeft = true
    }

    /// Forgets a member's connections.
    mutating func unbind(_ id: MemberID, supersede: Bool, _ out: inout [BrokerDirective]) {
        guard let member = members[id] else { return }
        for connection in [member.control, member.bulk].compactMap({ $0 }) {
            bindings[connection] = nil
            if supersede { superseded = (superseded + [connection]).suffix(256) }
            out.append(.forget(connection))
        }
        members[id]?.control = nil
        members[id]?.bulk = nil
        members[id]?.underWay = 0
        members[id]?.probedBytes = 0
        members[id]?.isReady = false
    }

    private func milliseconds(_ duration: Duration) -> UInt32 {
        UInt32(clamping: duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000)
    }
}

extension BrokerMachine.Member {
    init(_ hello: Hello, id: MemberID = .edge(0)) {
        self.init(
            id: id, workerID: hello.workerID, tier: hello.tier, data: hello.data, capabilities: hello.capabilities,
            link: hello.link)
    }
}

extension ActiveRun.MeasuredWork {
    mutating func add(_ metrics: StepMetrics) {
        steps += 1
        computeSeconds += metrics.computeSeconds
        codecSeconds += metrics.codecSeconds
    }
}
