import ZeroMQ

/// Why no connection to a broker can be made; trying on would not help.
public enum HandshakeFault: Hashable, Sendable {
    /// The broker does not know the key, or no more.
    case unknownKey
    /// What answers has not the key that the broker has.
    case otherBroker
    /// This side is encrypted, the other is not.
    case brokerIsPlain
    /// The other way round.
    case brokerIsEncrypted
}

/// Tells from how handshakes go whether to go on trying. A pure value; `now` is time since any fixed origin.
struct HandshakeJudge {
    let isEncrypted: Bool
    private var cutShort = 0
    private var firstCut = Duration.zero

    /// A broker that cannot read what was meant for another key closes the connection; one that ends does so too, but not so
    /// often and so long.
    private static let mostCut = (count: 6, duration: Duration.seconds(3))

    init(isEncrypted: Bool) { self.isEncrypted = isEncrypted }

    mutating func take(_ event: HandshakeEvent, at now: Duration) -> HandshakeFault? {
        switch event {
        case .succeeded:
            cutShort = 0
            return nil
        case .refused: return .unknownKey
        case .otherMechanism: return isEncrypted ? .brokerIsPlain : .brokerIsEncrypted
        case .broken: return isEncrypted ? .otherBroker : nil
        case .cutShort:
            if cutShort == 0 { firstCut = now }
            cutShort += 1
            let isLong = cutShort >= Self.mostCut.count && now - firstCut >= Self.mostCut.duration
            return isEncrypted && isLong ? .otherBroker : nil
        }
    }
}

/// Watches how one socket's connections are made. Used by the thread that owns it.
final class HandshakeWatch {
    private var judge: HandshakeJudge
    private var watched: Socket?
    private(set) var monitor: Socket?
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant
    private var count = 0

    init(isEncrypted: Bool) { (judge, origin) = (HandshakeJudge(isEncrypted: isEncrypted), clock.now) }

    /// Before the socket connects. It replaces the one before, which may be closed by now.
    func begin(_ context: Context, _ socket: Socket) throws {
        end()
        count += 1
        let endpoint = "inproc://handshakes-\(count)"
        try socket.tellHandshakes(at: endpoint)
        let monitor = try Socket(context, .pair)
        try monitor.connect(endpoint)
        (watched, self.monitor) = (socket, monitor)
    }

    /// To be called before the watched socket is closed.
    func end() {
        watched?.stopTellingConnections()
        monitor?.close()
        (watched, monitor) = (nil, nil)
    }

    func fault() -> HandshakeFault? {
        while let event = monitor?.nextHandshakeEvent() {
            if let fault = judge.take(event, at: clock.now - origin) { return fault }
        }
        return nil
    }
}
