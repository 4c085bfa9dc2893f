import OxbowModel

// Hello, leases, and losing a member.
extension BrokerMachine {
    mutating func receive(
        _ message: ControlMessage, _ envelope: Envelope, on connection: ConnectionID, _ now: Duration,
        _ out: inout [BrokerDirective]
    ) {
        if case .hello(let hello) = message { return greet(hello, on: connection, now, &out) }
        if case .heartbeat = message, bindings[connection]?.lane == .bulk {
            // Shows that the bulk connection is still the one that was bound; it needs no answer.
            _ = boundMember(connection, envelope, .bulk, now, &out)
            return
        }
        guard let id = boundMember(connection, envelope, .control, now, &out) else { return }
        switch message {
        case .heartbeat: send(.heartbeat(busy: false, round: 0, step: 0), to: id, &out)
        case .ready(let barrier, let digest): ready(id, barrier, digest, &out)
        case .barrierSaved(let term, let round, let digest): saved(id, term, round, digest, &out)
        case .metrics(let metrics): out.append(.note(.metrics(id, metrics)))
        case .aggregation(let report): out.append(.note(.aggregation(report)))
        case .error(_, let text) where settings.membership == .elastic && id.role == .edge:
            lose(id, "it failed: \(text)", &out)
        case .error(_, let text):
            finish(.failed(message: "\(id) (\(members[id]?.workerID ?? "")) failed: \(text)"), &out)
        case .goodbye(let reason): lose(id, "it left: \(reason)", &out)
        case .probe, .link, .leaving: break
        case .hello, .welcome, .plan, .stepControl, .standby:
            refuse(connection, .malformed, "Only the broker sends this message.", &out)
        }
    }

    /// The member behind a connection, if the envelope tells the truth about it.
    mutating func boundMember(
        _ connection: ConnectionID, _ envelope: Envelope, _ lane: Lane, _ now: Duration, _ out: inout [BrokerDirective]
    ) -> MemberID? {
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

    private mutating func greet(
        _ hello: Hello, on connection: ConnectionID, _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        if let binding = bindings[connection] {
            guard binding.lane == hello.lane, members[binding.member]?.workerID == hello.workerID else {
                return refuse(connection, .wrongSender, "This connection belongs to \(binding.member).", &out)
            }
        }
        guard hello.lowestVersion <= ProtocolVersion.highest, hello.highestVersion >= ProtocolVersion.lowest else {
            return refuse(
                connection, .versionMismatch,
                "This broker speaks protocol versions \(ProtocolVersion.lowest) to \(ProtocolVersion.highest), the "
                    + "\(hello.role) '\(hello.workerID)' \(hello.lowestVersion) to \(hello.highestVersion). "
                    + "Install the same release of Oxbow on both.", &out)
        }
        if hello.lane == .bulk { return attach(hello, connection, now, &out) }
        if let (code, message) = fault(of: hello) { return refuse(connection, code, message, &out) }
        switch place(for: hello) {
        case .failure(let refusal): refuse(connection, refusal.code, refusal.message, &out)
        case .success(let id): open(id, hello, connection, now, &out)
        }
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
        let model = settings.template.model
        let form = [hello.data.height, hello.data.width, hello.data.channels].map(Int.init)
        let expected = [model.imageHeight, model.imageWidth, model.imageChannels]
        // Fewer classes than the run's are fine: a domain may lack some.
        guard form == expected, (1...model.classes).contains(Int(hello.data.classes)) else {
            return (
                .unfitData,
                "The \(name) has images of \(form[0])x\(form[1])x\(form[2]) with \(hello.data.classes) classes, "
                    + "the run is for \(expected[0])x\(expected[1])x\(expected[2]) with \(model.classes). "
                    + "Give it data of that form."
            )
        }
        return nil
    }

    private func place(for hello: Hello) -> Result<MemberID, Refusal> {
        if let known = members.values.first(where: { $0.workerID == hello.workerID && $0.id.role == hello.role }) {
            return .success(known.id)
        }
        if hello.role == .core {
            guard members[.core()] == nil else {
                return .failure(Refusal(code: .noFreeSlot, message: "The fleet has its core already."))
            }
            return .success(.core())
        }
        let free = settings.places.filter { members[.edge($0.slot)] == nil }.sorted { $0.slot < $1.slot }
        if let kept = free.first(where: { $0.workerID == hello.workerID }) { return .success(.edge(kept.slot)) }
        if let open = free.first(where: { $0.workerID == nil && $0.tier == hello.tier }) {
            return .success(.edge(open.slot))
        }
        let tiers = Set(settings.places.map(\.tier)).sorted().joined(separator: ", ")
        return .failure(
            Refusal(
                code: .noFreeSlot,
                message: "No place is free for worker '\(hello.workerID)' of tier '\(hello.tier)'; the experiment's "
                    + "tiers are: \(tiers). Raise the tier's `workers` or start the worker with another --tier."))
    }

    /// Opens a new session on the control lane, which ends an older one of the same worker.
    private mutating func open(
        _ id: MemberID, _ hello: Hello, _ connection: ConnectionID, _ now: Duration, _ out: inout [BrokerDirective]
    ) {
        if let known = members[id] {
            if known.nonce == hello.nonce, known.control == connection { return welcome(id, &out) }
            guard !known.usedNonces.contains(hello.nonce) else { return }  // a late copy of an old hello
            if known.control != nil { lose(id, "it came back on a new connection", supersede: true, &out) }
        }
        var member =
            members[id]
            ?? Member(
                id: id, workerID: hello.workerID, tier: hello.tier, data: hello.data, capabilities: hello.capabilities)
        member.sessionEpoch += 1
        member.nonce = hello.nonce
        member.usedNonces = (member.usedNonces + [hello.nonce]).suffix(16)
        member.control = connection
        member.lastHeard = now
        member.data = hello.data
        member.capabilities = hello.capabilities
        member.savedRun = hello.savedRun
        member.savedBarriers = hello.savedBarriers
        members[id] = member
        bindings[connection] = Binding(member: id, lane: .control)
        out.append(
            .journal(
                .enrolled(id, workerID: hello.workerID, tier: hello.tier, sessionEpoch: member.sessionEpoch),
                durable: true))
        welcome(id, &out)
    }

    private mutating func welcome(_ id: MemberID, _ out: inout [BrokerDirective]) {
        guard let member = members[id] else { return }
        send(
            .welcome(
                Welcome(
                    version: ProtocolVersion.highest, member: id, sessionEpoch: member.sessionEpoch,
                    credits: UInt32(credits(id)), heartbeat_ms: milliseconds(settings.heartbeat),
                    lease_ms: milliseconds(settings.lease))),
            to: id, &out)
    }

    /// Binds the bulk lane to the session that the control lane opened.
    private mutating func attach(
        _ hello: Hello, _ connection: ConnectionID, _ now: Duration, _ out: inout [BrokerDirective]
    ) {
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
        memberComplete(id, &out)
    }

    mutating func expireLeases(_ now: Duration, _ out: inout [BrokerDirective]) {
        for member in enrolled where member.control != nil && now - member.lastHeard >= settings.lease {
            lose(member.id, "nothing was heard of it for \(settings.lease)", &out)
        }
    }

    /// Ends a member's session; its place stays its own.
    mutating func lose(
        _ id: MemberID, _ reason: String, supersede: Bool = false, _ out: inout [BrokerDirective]
    ) {
        guard let member = members[id], member.control != nil else { return }
        for connection in [member.control, member.bulk].compactMap({ $0 }) {
            bindings[connection] = nil
            if supersede { superseded = (superseded + [connection]).suffix(256) }
            out.append(.forget(connection))
        }
        members[id]?.control = nil
        members[id]?.bulk = nil
        members[id]?.underWay = 0
        members[id]?.isReady = false
        out.append(.journal(.lost(id, reason: reason), durable: true))
        out.append(.note(.lost(id, reason: reason)))
        memberLost(id, &out)
    }

    private func milliseconds(_ duration: Duration) -> UInt32 {
        UInt32(clamping: duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000)
    }
}
