import OxbowProtocol
import OxbowWire
import ZeroMQ

// Those who speak the protocol, and abuse it.
extension HostilePeer {
    /// So many names each makes up in all; every one takes a slot for good.
    private static let names = 300

    /// Hellos with fresh names over one connection, each of which is one session less for the name before.
    static let freshNames = HostilePeer(name: "hellos with fresh names") { attacker in
        let socket = try dealer(attacker)
        for number in 0..<names {
            let message = hello("fresh-\(attacker.seed)-\(number)", .control, nonce: attacker.next())
            _ = socket.send(try frames(Envelope(content: .control), message))
        }
        try settle(socket)
    }

    /// One name that comes back and back, on one connection.
    static let comingBack = HostilePeer(name: "sessions of one name") { attacker in
        let socket = try dealer(attacker)
        for _ in 0..<200 {
            _ = socket.send(try frames(Envelope(content: .control), hello("eager", .control, nonce: attacker.next())))
        }
        try settle(socket)
    }

    /// Sessions with both lanes, which are left without a word.
    static let abandoned = HostilePeer(name: "abandoned sessions") { attacker in
        for number in 0..<10 { _ = try session(&attacker, "gone-\(attacker.seed)-\(number)") }
    }

    /// Others' names and epochs in the envelope, from a connection with a session and from one without.
    static let impostor = HostilePeer(name: "wrong senders and epochs") { attacker in
        let stranger = try dealer(attacker)
        guard let session = try session(&attacker, "impostor") else { return }
        let harm: [ControlMessage] = [
            .goodbye(reason: "not mine"), .leaving(reason: "not mine"), .error(.computeFailed, message: "not mine"),
            .heartbeat(busy: false, round: 0, step: 0), .ready(barrier: 0, digest: [UInt8](repeating: 1, count: 32)),
            .barrierSaved(term: 1, round: 1, digest: [UInt8](repeating: 1, count: 32), artifacts: 9),
        ]
        for message in harm {
            for epoch in [0, 1, 2, .max] as [UInt32] {
                for victim in [.edge(0), .edge(1), .core(), session.welcome.member] as [MemberID] {
                    let envelope = Envelope(sender: victim, sessionEpoch: epoch, content: .control)
                    _ = stranger.send(try frames(envelope, message))
                    if victim != session.welcome.member { _ = session.control.send(try frames(envelope, message)) }
                }
            }
        }
        _ = session.control.send(
            try frames(session.envelope(.control), .aggregation(AggregationReport(round: 1, entries: []))))
        try settle(stranger)
    }

    /// Bodies and files that only others may send, in the name of its own session.
    static let foreignBodies = HostilePeer(name: "bodies and files of others") { attacker in
        guard let session = try session(&attacker, "smuggler") else { return }
        for step in 0..<2 as Range<UInt32> {
            for exchange in Exchange.allCases {
                for (direction, slot) in [(.up, 0), (.down, 1), (.up, session.welcome.member.slot)] as [(Direction, UInt32)] {
                    let key = ExchangeKey(term: 1, round: 1, step: step, exchange: exchange, direction: direction, slot: slot)
                    let head = Message(copying: try EnvelopeCodec.encode(session.envelope(.bulk(key))))
                    _ = session.bulk.send([head, Message(copying: attacker.bytes(64 << 10))])
                }
            }
        }
        let key = ArtifactKey(round: 1, name: "generator-0.safetensors")
        let head = Message(copying: try EnvelopeCodec.encode(session.envelope(.artifact(key))))
        _ = session.bulk.send([head, Message(copying: attacker.bytes(64 << 10))])
    }

    /// Asks for the longest answers there are, and reads none; says all the while that it is busy.
    static let deafProber = HostilePeer(name: "probes whose answers nobody reads") { attacker in
        guard let session = try session(&attacker, "deaf") else { return }
        for number in 0..<300 as Range<UInt32> {
            let probe = LinkProbe(number: number, answerBytes: UInt32(WireLimits.probeBytes), padding: [])
            _ = session.bulk.send(try frames(session.envelope(.control), .probe(probe)))
            _ = session.control.send(try frames(session.envelope(.control), .heartbeat(busy: true, round: 9, step: 9)))
        }
        // Stays until the broker has had its fill, or has nothing more to say.
        while let answer = try Self.answer(on: session.control) {
            if case .error = answer { break }
        }
    }

    /// Stands by in the fleet, busy with nothing, and never says that it rests.
    static let restless = HostilePeer(name: "a bystander that never rests") { attacker in
        guard let session = try session(&attacker, "restless-\(attacker.pass % 2)") else { return }
        for _ in 0..<20 {
            _ = session.control.send(try frames(session.envelope(.control), .heartbeat(busy: true, round: 9, step: 9)))
            guard try answer(on: session.control) != nil else { return }
        }
    }
}
