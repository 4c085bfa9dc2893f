import Foundation
import Logging
import OxbowProtocol
import OxbowWire
import ZeroMQ

/// The I/O around a `MemberMachine`: two DEALER sockets, a compute thread, a clock.
///
/// `run` owns the sockets on the calling thread; heartbeats go out while the compute thread works.
public final class MemberShell {
    private let endpoint: String
    private let stop: StopRequest
    /// With the run and the round that this member is in.
    private var logger: Logger
    private let context = Context()
    private let compute: ComputeThread
    private let scoring: ScoringThread?
    private var machine: MemberMachine
    private let security: SocketOptions.Security
    private var sockets: [Lane: Socket] = [:]
    /// Of the control lane: the other one has the same key.
    private let watch: HandshakeWatch
    private var outboxes: [Lane: [[Message]]] = [:]
    /// Bulk messages on their way over an emulated link; nil: as fast as they go.
    private var link: PacedLink<[Message]>?
    private var alarm: Alarm?
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant
    private let health: HealthFile?
    private var end: MemberEnd?
    private var stopTold = false

    private static let tick = Duration.milliseconds(200)

    /// - Parameters:
    ///   - security: the worker's key; none on ipc, and where that was said.
    ///   - scoring: that the performer gives its generators to.
    ///   - link: what bulk messages are slowed down to; control messages never are.
    ///   - health: touched while there is a session.
    public init(
        endpoint: String, security: SocketOptions.Security = .none, machine: MemberMachine, performer: any TaskPerformer,
        scoring: ScoringThread? = nil, stop: StopRequest, logger: Logger, link: EmulatedLink? = nil, health: HealthFile? = nil
    ) {
        self.endpoint = endpoint
        self.security = security
        watch = HandshakeWatch(isEncrypted: security.isEncrypted)
        self.machine = machine
        self.stop = stop
        self.logger = logger
        self.link = link.map { PacedLink($0) }
        self.health = health
        self.scoring = scoring
        self.compute = ComputeThread(performer, wakeup: stop.wakeup)
        self.origin = clock.now
    }

    /// Serves until the run is over, this member is refused, or a stop was requested.
    /// - Throws: `HandshakeRefusal` when no connection can be made, or no more.
    public func run() throws -> MemberEnd {
        if link != nil { alarm = try Alarm() }
        try connect()
        handle(.started)
        var nextTick = clock.now + Self.tick
        while end == nil {
            wait(until: nextTick)
            for event in compute.results() { handle(event) }
            for scores in scoring?.results() ?? [] { handle(.scored(scores)) }
            if let reason = stop.requested, !stopTold {
                stopTold = true
                handle(.stop(reason: reason))
            }
            if let fault = watch.fault() {
                compute.finish()
                scoring?.finish()
                throw HandshakeRefusal(fault)
            }
            for lane in Lane.allCases { receive(lane) }
            takeArrived()
            if clock.now >= nextTick {
                nextTick = clock.now + Self.tick
                handle(.tick)
                if machine.isInSession { health?.touch() }
            }
            flush()
        }
        health?.remove()
        compute.finish()
        scoring?.finish()
        flush()
        watch.end()
        for socket in sockets.values { socket.close() }
        return end ?? .finished
    }

    private func connect() throws {
        link?.removeAll()
        watch.end()
        for lane in Lane.allCases {
            sockets[lane]?.close()
            let socket = try Socket(context, .dealer, .member(security))
            if lane == .control { try watch.begin(context, socket) }
            try socket.connect(endpoint)
            sockets[lane] = socket
            outboxes[lane] = []
        }
    }

    private func wait(until deadline: ContinuousClock.Instant) {
        var poller = Poller()
        for lane in Lane.allCases {
            guard let socket = sockets[lane] else { continue }
            var events: Poller.Events = mayRead(lane) ? .readable : []
            if outboxes[lane]?.isEmpty == false { events.insert(.writable) }
            if !events.isEmpty { _ = poller.add(socket, events) }
        }
        _ = poller.add(stop.wakeup)
        if let monitor = watch.monitor { _ = poller.add(monitor) }
        if let alarm, let link {
            alarm.set(after: link.nextChange(after: time).map { $0 - time })
            _ = poller.add(alarm)
        }
        poller.wait(max(.zero, deadline - clock.now))
        stop.wakeup.drain()
    }

    private func receive(_ lane: Lane) {
        // A socket that a reconnect replaces is not read again.
        while end == nil, mayRead(lane), let received = sockets[lane]?.receive(maxFrames: 2) {
            guard received.frames.count == 2, received.droppedFrames == 0 else {
                logger.warning("a message without two frames was dropped")
                continue
            }
            if lane == .bulk, link != nil {
                link?.down.add(received.frames, bytes: received.frames.reduce(0) { $0 + $1.byteCount }, at: time)
            } else {
                take(received.frames, lane)
            }
        }
    }

    private func take(_ frames: [Message], _ lane: Lane) {
        do {
            if let event = try MemberFrames.decode(frames, lane) {
                handle(event)
            } else {
                logger.warning("a message that is for brokers was dropped")
            }
        } catch {
            logger.warning("a message of the broker was dropped", metadata: ["reason": "\(error)"])
        }
    }

    private func handle(_ event: MemberEvent) {
        for directive in machine.handle(event, at: time) { perform(directive) }
    }

    private var time: Duration { clock.now - origin }

    private func perform(_ directive: MemberDirective) {
        switch directive {
        case .send(let lane, let envelope, let payload): send(lane, envelope, payload)
        case .compute(let id, let task, let inputs): compute.add(.init(id: id, task: task, inputs: inputs))
        case .reconnect:
            do {
                try connect()
            } catch {
                end = .failed(message: "\(error)")
            }
        case .note(let note): log(note)
        case .end(let how): end = how
        }
    }

    private func send(_ lane: Lane, _ envelope: Envelope, _ payload: Payload) {
        do {
            let frames = try MemberFrames.encode(envelope, payload)
            enqueue(frames, lane, bytes: Self.isPaced(payload) ? frames.reduce(0) { $0 + $1.byteCount } : 0)
        } catch {
            end = .failed(message: "\(error)")
        }
    }

    /// A hello on the bulk lane passes at once; a probe is there to be slow.
    private static func isPaced(_ payload: Payload) -> Bool {
        switch payload {
        case .bulk, .control(.probe): true
        case .control: false
        }
    }

    /// - Parameter bytes: what they count over an emulated link.
    private func enqueue(_ frames: [Message], _ lane: Lane, bytes: Int) {
        if lane == .bulk, link != nil {
            link?.up.add(frames, bytes: bytes, at: time)
        } else {
            outboxes[lane, default: []].append(frames)
            flush(lane)
        }
    }

    // MARK: An emulated link

    /// Whatever comes while bytes are still passing waits in the socket.
    private func mayRead(_ lane: Lane) -> Bool { lane != .bulk || link?.down.isBusy(at: time) != true }

    private func takeArrived() {
        let now = time
        outboxes[.bulk, default: []] += link?.up.arrived(at: now) ?? []
        for frames in link?.down.arrived(at: now) ?? [] where end == nil { take(frames, .bulk) }
    }

    private func flush() { for lane in Lane.allCases { flush(lane) } }

    private func flush(_ lane: Lane) {
        guard let socket = sockets[lane] else { return }
        while let frames = outboxes[lane]?.first, socket.send(frames) == .sent { outboxes[lane]?.removeFirst() }
    }

    private func log(_ note: MemberNote) {
        switch note {
        case .welcomed(let welcome):
            logger.info("welcomed", metadata: ["member": "\(welcome.member)", "session": "\(welcome.sessionEpoch)"])
        case .planned(let plan):
            logger[metadataKey: "run"] = "\(plan.run)"
            logger.info("plan received", metadata: ["rounds": "\(plan.rounds)"])
        case .ordered(let order):
            if let round = order.round { logger[metadataKey: "round"] = "\(round)" }
            logger.trace("order", metadata: ["order": "\(order)"])
        case .standby(let reason): logger.notice("not in the run under way", metadata: ["reason": "\(reason)"])
        case .linkMeasured(let link):
            logger.info(
                "link measured",
                metadata: [
                    "round_trip_us": "\(Int(link.roundTripSeconds * 1e6))", "up_MB_s": "\(Int(link.upBytesPerSecond / 1e6))",
                    "down_MB_s": "\(Int(link.downBytesPerSecond / 1e6))",
                ])
        case .leaving(let reason): logger.notice("leaving when nobody waits for this member", metadata: ["reason": "\(reason)"])
        case .saveFailed(let round, let reason, let pause):
            logger.error(
                "the state of round \(round) cannot be saved; trying again in \(pause.components.seconds) s",
                metadata: ["reason": "\(reason)"])
        case .resting:
            logger.notice("the run is over; waiting for another")
            (logger[metadataKey: "run"], logger[metadataKey: "round"]) = (nil, nil)
        case .brokerSilent: logger.warning("the broker is silent; connecting anew")
        case .dropped(let what): logger.debug("dropped", metadata: ["what": "\(what)"])
        }
    }
}
