import Foundation
import Logging
import OxbowFleet
import OxbowProtocol
import OxbowTrace
import OxbowWire

/// What a broker's shell tells of its runs, one trace file each. Used by the thread with the sockets alone.
public final class BrokerTrace {
    /// Where a run's trace goes, and what is known of the run; nil: this one is not recorded.
    public typealias Begin = (_ run: String) -> (path: String, header: TraceHeader)?

    private let begin: Begin
    private let limit: UInt64
    private let logger: Logger
    private var recorder: TraceRecorder?
    /// The run that was begun last.
    private var run: String?
    private var members: [ConnectionID: MemberID] = [:]
    /// Of members that are there: a run that begins later repeats them.
    private var greetings: [MemberID: [TracedMessage]] = [:]
    private var hellos: [ConnectionID: TracedMessage] = [:]
    private var digests: [MemberDigest] = []
    private var countersAtStart: RoutingCounters?
    private var strangers = 0

    /// Who is not welcome must not be able to fill a disk.
    private static let mostOfStrangers = 10_000
    private static let mostHellos = 256

    /// - Parameter limit: bytes of one file.
    public init(logger: Logger, limit: UInt64 = .max, begin: @escaping Begin) {
        (self.logger, self.limit, self.begin) = (logger, limit, begin)
    }

    // MARK: Messages

    func received(_ envelope: Envelope, _ body: FrameBody, _ connection: ConnectionID, isKnown: Bool, at time: Duration) {
        if isKnown, let sender = envelope.sender, members[connection] == nil { members[connection] = sender }
        let traced = TracedMessage(
            time_ns: time.nanoseconds, .received, connection: connection.number, member: members[connection] ?? envelope.sender,
            envelope: envelope, body: Self.body(envelope, body))
        if isKnown {
            hellos[connection] = nil
        } else {
            strangers += 1
            guard strangers <= Self.mostOfStrangers else { return }
            if hellos.count < Self.mostHellos, envelope.content == .control, body.byteCount <= WireLimits.helloBytes {
                hellos[connection] = traced
            }
        }
        recorder?.add(traced)
    }

    private static func body(_ envelope: Envelope, _ body: FrameBody) -> TracedMessage.Body {
        switch envelope.content {
        case .bulk, .artifact: .received(body, body.digest)
        case .control where body.byteCount <= WireLimits.controlBytesToBroker: .control(body.message.copyBytes())
        case .control, .operator, .enrolment: .received(body, body.digest)
        }
    }

    /// A message to be told of once it is sent.
    func outgoing(_ envelope: Envelope, _ message: ControlMessage, _ bytes: [UInt8], _ connection: ConnectionID) -> TracedMessage
    {
        var traced = TracedMessage(
            time_ns: 0, .sent, connection: connection.number, member: members[connection], envelope: envelope,
            body: .control(bytes))
        if case .welcome(let welcome) = message {
            members[connection] = welcome.member
            traced.member = welcome.member
            greetings[welcome.member] = [hellos.removeValue(forKey: connection), traced].compactMap { $0 }
        }
        return traced
    }

    func outgoing(_ envelope: Envelope, _ key: ExchangeKey, _ body: FrameBody, _ connection: ConnectionID, at time: Duration)
        -> TracedMessage
    {
        TracedMessage(
            time_ns: 0, .sent, connection: connection.number, member: key.direction == .up ? .core() : .edge(key.slot),
            envelope: envelope,
            body: .passedOn(byteCount: body.byteCount, body.digest, received_ns: time.nanoseconds))
    }

    func sent(_ traced: TracedMessage?, at time: Duration) {
        guard var traced, let recorder else { return }
        traced.time_ns = time.nanoseconds
        recorder.add(traced)
    }

    /// Nothing more is to be sent on this connection.
    func forget(_ connection: ConnectionID) {
        members[connection] = nil
        hellos[connection] = nil
    }

    // MARK: Decisions

    /// A decision is about to be made durable: what it follows from must not be lost if this process is killed.
    func prepare(_ decision: JournalRecord) {
        if case .barrier = decision { recorder?.flush() }
    }

    func decided(_ decision: JournalRecord, _ counters: RoutingCounters, at time: Duration) {
        switch decision {
        case .started(let run): start(run, counters, time.nanoseconds)
        case .lost(let member, _): greetings[member] = nil
        case .barrier(_, let digests): self.digests = digests
        default: break
        }
        recorder?.add(decision, time_ns: time.nanoseconds)
    }

    func noted(_ note: BrokerNote, _ counters: RoutingCounters, at time: Duration) {
        // A run that is gone on with from a journal begins with a note alone.
        if case .started(let run, _) = note, run != self.run { start(run, counters, time.nanoseconds) }
        switch note {
        // Told by a message or a decision already, or by strangers.
        case .awaiting, .metrics, .scores, .refused, .standby, .committed, .planned, .joined, .lost: break
        default: recorder?.add(note, time_ns: time.nanoseconds)
        }
        if case .ended(let outcome) = note { end(outcome, counters, time.nanoseconds) }
    }

    private func start(_ run: String, _ counters: RoutingCounters, _ time_ns: UInt64) {
        close()
        (self.run, digests, countersAtStart, strangers) = (run, [], counters, 0)
        guard let (path, header) = begin(run) else { return }
        do throws(TraceError) {
            recorder = try TraceRecorder(path, header, time_ns: time_ns, limit: limit)
        } catch {
            logger.warning("the run is not traced: \(error)", metadata: ["run": "\(run)"])
        }
        for member in greetings.keys.sorted() { repeatGreetings(greetings[member] ?? [], time_ns) }
        // Of a hello that is being answered the run begins.
        for connection in hellos.keys.sorted() { repeatGreetings(hellos[connection].map { [$0] } ?? [], time_ns) }
    }

    private func repeatGreetings(_ messages: [TracedMessage], _ time_ns: UInt64) {
        for var message in messages {
            message.time_ns = time_ns
            recorder?.add(message)
        }
    }

    private func end(_ outcome: RunOutcome, _ counters: RoutingCounters, _ time_ns: UInt64) {
        let words =
            switch outcome {
            case .finished: "finished"
            case .stopped(let reason): "stopped: \(reason)"
            case .failed(let message), .infeasible(let message): message
            }
        let end = TraceEnd(
            outcome: String(words.prefix(WireLimits.messageBytes / 4)),
            stateHash: digests.isEmpty ? "" : StateDigest.stateHash(digests),
            received: counters.received - (countersAtStart?.received ?? 0),
            forwarded: counters.forwarded - (countersAtStart?.forwarded ?? 0),
            refused: counters.refused - (countersAtStart?.refused ?? 0),
            forwardedBytes: counters.forwardedBytes - (countersAtStart?.forwardedBytes ?? 0))
        recorder?.add(TraceRecord(time_ns: time_ns, .end(end)))
        // Waiting for the disk is for later: others wait to be told that the run ended.
        recorder?.seal()
    }

    /// Ends the file under way, whatever came of its run.
    func close() {
        guard let recorder else { return }
        recorder.finish()
        if let error = recorder.error { logger.warning("the trace ends early: \(error)") }
        self.recorder = nil
    }
}

extension Duration {
    /// From 0.
    fileprivate var nanoseconds: UInt64 {
        UInt64(clamping: components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000)
    }
}
