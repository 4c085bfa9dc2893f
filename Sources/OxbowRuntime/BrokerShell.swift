import Foundation
import Logging
import OxbowProtocol
import OxbowScheduling
import OxbowWire
import ZeroMQ

/// The I/O around a `BrokerMachine`: one ROUTER socket, a clock, a journal. Bodies pass through unopened and uncopied.
public final class BrokerShell {
    /// Where the socket is bound; tells the port when `*` was asked for.
    public let boundEndpoint: String
    private let context = Context()
    let socket: Socket
    let stop: StopRequest
    let journal: Journal?
    let note: (BrokerNote) -> Void
    private let store: StoreArtifact
    private let searches: PlanSearches
    private let searchToken: Poller.Token
    let operators: OperatorDesk
    /// nil: whoever comes is let in, and believed.
    let gatekeeper: Gatekeeper?
    private let gatekeeperToken: Poller.Token?
    var keyed = KeyedConnections()
    /// Refused handshakes that were logged.
    private var handshakesTold: UInt64 = 0
    let trace: BrokerTrace?
    let observer: (any BrokerObserver)?
    let logger: Logger
    var machine: BrokerMachine
    private var poller = Poller()
    private let stopToken: Poller.Token
    private let departureToken: Poller.Token
    let departures: Departures
    /// Messages in wait for room, by receiver.
    var outboxes: [ConnectionID: [Outgoing]] = [:]
    /// Bodies that libzmq has of a receiver.
    var inHand: [ConnectionID: InHand] = [:]
    /// Credits bound it: docs/protocol.md, section 9.
    public internal(set) var held = HeldBodies()
    /// A queue of libzmq was full, which cannot be polled for on a ROUTER.
    var isBlocked = false
    let clock = ContinuousClock()
    let origin: ContinuousClock.Instant
    private(set) var refusals = RefusalLimit()
    /// Refused requests of operators that were logged.
    var refusalsTold: UInt64 = 0
    private var outcome: RunOutcome?
    private var stopTold = false
    /// Events that came up while directives were performed: they wait until all of those are.
    private var pending: [BrokerEvent] = []
    /// Told after messages were sent: nobody waits for a line of a log.
    private var untold: [BrokerNote] = []
    private var isHandling = false
    private let mostConnections: Int
    private var endedToTell = 1
    /// While it serves.
    private(set) var connections: ConnectionGuard?

    private static let tick = Duration.milliseconds(200)

    /// Keeps a file that a core left at a barrier; the bytes are valid during the call.
    public typealias StoreArtifact = (_ run: String, ArtifactKey, UnsafeRawBufferPointer) throws -> Void

    /// - Parameters:
    ///   - runs: submitted at once, in this order.
    ///   - operators: who answers those that steer the fleet.
    ///   - gatekeeper: lets in whose key counts; connections are encrypted then.
    ///   - trace: told of every message and decision.
    ///   - observer: told of messages and of the state once a second.
    ///   - store: what it throws ends the broker.
    ///   - note: told of everything that a log, a page or a supervisor would show.
    ///   - largestBody: no peer has reason to send more bytes in one message.
    ///   - mostConnections: beyond these, those of strangers are ended, the first one first; nil: by what the process may have.
    /// - Throws: `ZeroMQError` when the endpoint is in use or cannot be bound.
    public init(
        bind endpoint: String, machine: BrokerMachine, runs: [RunSettings] = [],
        largestBody: Int = WireLimits.bodyBytes, mostConnections: Int? = nil, journal: Journal?, stop: StopRequest,
        logger: Logger, operators: OperatorDesk = OperatorDesk(), gatekeeper: Gatekeeper? = nil, trace: BrokerTrace? = nil,
        observer: (any BrokerObserver)? = nil, store: @escaping StoreArtifact = { _, _, _ in },
        note: @escaping (BrokerNote) -> Void
    ) throws {
        // From the first connection on.
        try gatekeeper?.start(context)
        var options = Self.socketOptions(largestBody: largestBody)
        if let gatekeeper { options.security = .curveServer(secretKey: gatekeeper.registry.key.secretKey) }
        self.gatekeeper = gatekeeper
        self.socket = try Socket(context, .router, options)
        self.boundEndpoint = try socket.bind(endpoint)
        self.departures = try Departures()
        self.searches = try PlanSearches()
        self.store = store
        self.operators = operators
        self.trace = trace
        self.observer = observer
        _ = poller.add(socket)
        self.stopToken = poller.add(stop.wakeup)
        self.departureToken = poller.add(departures.wakeup)
        self.searchToken = poller.add(searches.wakeup)
        if let gatekeeper { gatekeeperToken = poller.add(gatekeeper.wakeup) } else { gatekeeperToken = nil }
        self.machine = machine
        self.journal = journal
        self.stop = stop
        self.logger = logger
        self.note = note
        self.origin = clock.now
        self.mostConnections = mostConnections ?? DescriptorLimit.connections
        pending = runs.map { .submitted($0) }
    }

    deinit { gatekeeper?.stop() }

    /// How a ROUTER between members is set up.
    public static func socketOptions(largestBody: Int) -> SocketOptions {
        var options = SocketOptions()
        options.routerMandatory = true
        options.maxMessageBytes = Int64(min(largestBody, WireLimits.bodyBytes))
        // Bounds what a peer without credits can make libzmq hold: a few messages of each connection.
        options.receiveQueue = 16
        options.linger = .seconds(2)
        options.handshakeTimeout = .seconds(10)
        return options
    }

    /// Bodies that were handed on: those that left, and those that were given up.
    var departed = (delivered: UInt64(0), dropped: UInt64(0))

    public var counters: RoutingCounters {
        var all = machine.counters
        all.delivered += departed.delivered
        all.dropped += departed.dropped
        return all
    }

    /// What the fleet does now.
    var status: FleetStatus {
        var status = machine.status(at: clock.now - origin)
        status.counters = counters
        status.isInsecure = isInsecure
        return status
    }

    private var snapshot: BrokerSnapshot {
        BrokerSnapshot(
            status: status, credits: machine.creditUse(), heldCount: held.count, heldBytes: held.byteCount,
            waitingMessages: outboxes.values.reduce(0) { $0 + $1.count }, operatorRefusals: operators.counters.refused,
            refusedHandshakes: gatekeeper?.refusedHandshakes ?? 0)
    }

    /// Serves until the run is over or a stop was requested.
    public func run() throws -> RunOutcome {
        let connections = try ConnectionGuard(context, socket, limit: mostConnections, lease: machine.lease)
        self.connections = connections
        defer {
            connections.stop()
            tellNotes()
            observer?.saw(snapshot)
            trace?.close()
        }
        var nextTick = clock.now
        var nextReport = clock.now
        while outcome == nil {
            try wait(until: nextTick)
            observer?.turned(unwritable: nil)
            for (number, result) in searches.results() { try handle(.planned(number, result)) }
            if let reason = stop.requested, !stopTold {
                stopTold = true
                try handle(.stop(reason: reason))
            }
            try endRevoked()
            try receive()
            try flush()
            if clock.now >= nextTick {
                nextTick = clock.now + Self.tick
                try handle(.tick)
            }
            if clock.now >= nextReport {
                nextReport = clock.now + .seconds(1)
                untold.append(.awaiting(machine.awaited()))
                observer?.saw(snapshot)
                tellConnections(connections)
                tellHandshakes()
                if let count = refusals.takeUntold() { logger.warning("more was refused", metadata: ["messages": "\(count)"]) }
            }
            tellNotes()
        }
        try flush()
        connections.stop()
        socket.close()
        gatekeeper?.stop()
        tellCounters()
        return outcome ?? .finished
    }

    /// Anybody can make the broker refuse things: no more of it is told than a log can take.
    private func tell(_ note: BrokerNote) {
        if case .refused(let code, _) = note {
            observer?.refused(code)
            guard refusals.tells(code, at: clock.now - origin) else { return }
        }
        untold.append(note)
    }

    /// Once more at 1, 2, 4, 8 of them: strangers must not be able to fill a log.
    private func tellConnections(_ connections: ConnectionGuard) {
        let extent = connections.extent
        guard extent.ended >= endedToTell else { return }
        endedToTell = 2 * extent.ended
        logger.warning(
            "more connections than there may be; those of strangers are ended",
            metadata: ["limit": "\(mostConnections)", "ended": "\(extent.ended)"])
    }

    /// As above.
    private func tellHandshakes() {
        let count = gatekeeper?.refusedHandshakes ?? 0
        guard count > 0, count >= 2 * handshakesTold else { return }
        handshakesTold = count
        logger.warning("connections with unknown keys are refused", metadata: ["refused": "\(count)"])
    }

    private func tellCounters() {
        let all = counters
        logger.notice(
            "bulk messages",
            metadata: [
                "received": "\(all.received)", "refused": "\(all.refused)", "delivered": "\(all.delivered)",
                "dropped": "\(all.dropped)", "under_way": "\(held.count)",
            ])
    }

    func tellNotes() {
        untold.forEach(note)
        untold.removeAll(keepingCapacity: true)
    }

    private func wait(until deadline: ContinuousClock.Instant) throws {
        try settle()
        let wait = max(.zero, deadline - clock.now)
        poller.wait(isBlocked ? min(wait, .milliseconds(2)) : wait)
        if !poller.ready(stopToken).isEmpty { stop.wakeup.drain() }
        if !poller.ready(departureToken).isEmpty { departures.wakeup.drain() }
        if !poller.ready(searchToken).isEmpty { searches.wakeup.drain() }
        if let gatekeeper, let gatekeeperToken, !poller.ready(gatekeeperToken).isEmpty { gatekeeper.wakeup.drain() }
        isBlocked = false
    }

    private func receive() throws {
        var budget = 256  // so that a flood of messages cannot keep the clock from being looked at
        while outcome == nil, budget > 0, let received = socket.receive(maxFrames: 3) {
            budget -= 1
            guard let connection = received.frames.first.flatMap(Self.connection) else {
                logger.warning("a peer with a routing id of its own was ignored")
                continue
            }
            guard received.frames.count == 3, received.droppedFrames == 0 else {
                try handle(.malformed(connection, "it must have an envelope and a body"))
                continue
            }
            try settle()
            try receive(received.frames[1], received.frames[2], from: connection)
        }
    }

    private func receive(_ head: Message, _ body: Message, from connection: ConnectionID) throws {
        var key: KeyID?
        if gatekeeper != nil {
            key = counted(body, connection)
            // Revoked since it was sent.
            guard key != nil else { return }
        }
        switch incoming(head, body, connection, key) {
        case .event(let event): try handle(event)
        case .request: try answer(body, connection)
        case .enrolment: try enrol(body, connection, key)
        }
        if machine.knows(connection) { connections?.heard(body.fileDescriptor) }
    }

    private enum Incoming {
        case event(BrokerEvent)
        /// Of an operator.
        case request
        case enrolment
    }

    /// - Parameter key: of the connection; nil where nobody has one.
    private func incoming(_ head: Message, _ body: Message, _ connection: ConnectionID, _ key: KeyID?) -> Incoming {
        do {
            let envelope = try head.withBytes(EnvelopeCodec.decode)
            if let fault = key?.fault(of: envelope) { return .event(.misused(connection, fault)) }
            if envelope.content == .enrolment { return .enrolment }
            let frame = FrameBody(body, isTraced: trace != nil)
            trace?.received(envelope, frame, connection, isKnown: machine.knows(connection), at: clock.now - origin)
            switch envelope.content {
            case .control: break
            case .bulk, .artifact: return .event(.received(connection, envelope, .bulk(frame)))
            case .operator: return .request
            case .enrolment: return .enrolment
            }
            // Who has no session can only say hello.
            let limit = machine.knows(connection) ? WireLimits.controlBytesToBroker : WireLimits.helloBytes
            let message = try body.withBytes { bytes throws(WireError) in try ControlCodec.decode(bytes, limit: limit) }
            return .event(event(message, envelope, connection, key))
        } catch {
            return .event(.malformed(connection, error.reason))
        }
    }

    /// libzmq numbers peers itself: a zero byte, then 32 bits. Peers cannot choose another's number.
    private static func connection(_ frame: Message) -> ConnectionID? {
        frame.withBytes { bytes in
            guard bytes.count == 5, bytes[0] == 0 else { return nil }
            return ConnectionID(UInt64(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self))))
        }
    }

    static func routingFrame(_ connection: ConnectionID) -> Message {
        let frame = Message(byteCount: 5)
        frame.mutableBytes[0] = 0
        frame.mutableBytes.storeBytes(of: UInt32(connection.number).bigEndian, toByteOffset: 1, as: UInt32.self)
        return frame
    }

    /// Events are handled one after the other, each with all its directives, also those that performing brings up.
    func handle(_ event: BrokerEvent) throws {
        pending.append(event)
        guard !isHandling else { return }
        isHandling = true
        defer { isHandling = false }
        while !pending.isEmpty {
            for directive in machine.handle(pending.removeFirst(), at: clock.now - origin) { try perform(directive) }
        }
    }

    private func perform(_ directive: BrokerDirective) throws {
        switch directive {
        case .send(let connection, let envelope, let message):
            let body = try ControlCodec.encode(message)
            let traced = trace?.outgoing(envelope, message, body, connection)
            try enqueue(EnvelopeCodec.encode(envelope), body, connection, traced: traced)
        case .forward(let connection, let envelope, let body, let credit):
            guard let body = body as? FrameBody, case .bulk(let key) = envelope.content else {
                preconditionFailure("a body that is not in a frame, or without a key")
            }
            let head = Message(copying: try EnvelopeCodec.encode(envelope))
            let passage = Passage(connection, .init(credit: credit, key: key), byteCount: body.byteCount)
            held.add(passage.byteCount)
            let content = Message(sharing: body.message) { [departures] in departures.add(passage) }
            let traced = trace?.outgoing(envelope, key, body, connection, at: clock.now - origin)
            let frames = [Self.routingFrame(connection), head, content]
            try enqueue(Outgoing(frames: frames, passage: passage, traced: traced), connection)
        case .routed(let message): observer?.routed(message)
        case .dropBodies(let term, let answers): dropBodies(before: term, sparing: answers)
        case .plan(let number, let request, let planner): searches.add(number, request, planner)
        case .store(let run, let key, let body):
            if let body = body as? FrameBody { try body.withBytes { try store(run, key, $0) } }
        case .forget(let connection):
            outboxes[connection] = nil
            trace?.forget(connection)
        case .journal(let record, let durable):
            trace?.prepare(record)
            try write(record, durable: durable)
            trace?.decided(record, counters, at: clock.now - origin)
        case .note(let note):
            tell(note)
            trace?.noted(note, counters, at: clock.now - origin)
        case .end(let outcome): self.outcome = outcome
        }
    }
}
