import OxbowProtocol
import OxbowWire

/// Follows a trace's orders and bulk messages: who answered when, and along which of them the time went.
///
/// Memory: one order's messages. The stretches that it tells partition the time from the first record to the last, whatever the
/// records say: each begins where the one before ended (docs/trace.md, "Where the time went").
public struct ExchangeWalk {
    private var current: OrderUnderWay?
    /// Since when an edge has had all that it needs, by slot.
    private var begun: [UInt32: UInt64] = [:]
    private var begunBytes: [UInt32: UInt64] = [:]
    /// Everything before is attributed.
    private var mark_ns: UInt64
    private var out: [WalkEvent] = []

    public init(from time_ns: UInt64) { mark_ns = time_ns }

    /// What the next record tells, in order.
    public mutating func take(_ record: TraceRecord) -> [WalkEvent] {
        out.removeAll(keepingCapacity: true)
        switch record.content {
        case .message(let message): take(message, record.time_ns)
        case .note: if case .ordered(let order)? = record.note { ordered(order, record.time_ns) }
        case .decision: take(record.decision, record.time_ns)
        case .end: advance(to: record.time_ns, .wait)
        case .header: break
        }
        return out
    }

    /// What is left of the time at the end of a trace that has no end record.
    public mutating func finish(at time_ns: UInt64) -> [WalkEvent] {
        out.removeAll()
        advance(to: time_ns, .wait)
        return out
    }

    private mutating func advance(to time_ns: UInt64?, _ part: Stretch.Part) {
        guard let time_ns, time_ns > mark_ns else { return }
        out.append(.stretch(Stretch(part: part, from_ns: mark_ns, to_ns: time_ns)))
        mark_ns = time_ns
    }

    // MARK: Orders and decisions

    private mutating func ordered(_ order: StepControl, _ time_ns: UInt64) {
        advance(to: time_ns, .wait)
        if order.term != current?.order.term {
            begun.removeAll()
            begunBytes.removeAll()
        }
        current = OrderUnderWay(order, at_ns: time_ns)
        out.append(.ordered(order, at_ns: time_ns))
    }

    private mutating func take(_ decision: JournalRecord?, _ time_ns: UInt64) {
        switch decision {
        case .committed: halfCommitted(time_ns)
        case .barrier(let round, _):
            barrierCommitted(time_ns)
            out.append(.barrier(round: round, at_ns: time_ns))
        case .term:
            begun.removeAll()
            begunBytes.removeAll()
        default: break
        }
    }

    private mutating func halfCommitted(_ time_ns: UInt64) {
        if let current, let last = current.exchanges.last, let answer = current.progress[last]?.lastDown {
            core(last, answer)
        }
        advance(to: time_ns, .queue)
    }

    private mutating func barrierCommitted(_ time_ns: UInt64) {
        guard let current else { return advance(to: time_ns, .wait) }
        let progress = current.progress[.modelDeltas]
        let awaited = current.lastSaved.flatMap { $0.role == .edge ? current.key(.modelDeltas, .down, $0.slot) : nil }
        if let answer = awaited ?? progress?.lastDown {
            core(.modelDeltas, answer)
            if awaited != nil { advance(to: current.passings[answer]?.sent_ns, .queue) }
        }
        advance(to: time_ns, .save(current.lastSaved))
    }

    // MARK: Messages

    private mutating func take(_ message: TraceMessage, _ time_ns: UInt64) {
        if let key = message.key {
            switch message.direction {
            case .received: received(key, message.bodyLength, time_ns)
            case .sent: passed(key, message, time_ns)
            }
        } else if message.direction == .received, let member = message.member, let control = try? message.control() {
            switch control {
            case .metrics(let metrics): out.append(.metrics(member, metrics))
            case .barrierSaved: current?.lastSaved = member
            default: break
            }
        }
    }

    private mutating func received(_ key: ExchangeKey, _ byteCount: UInt64, _ time_ns: UInt64) {
        guard current?.receive(key, byteCount: byteCount, at_ns: time_ns) == true, let current else { return }
        switch key.direction {
        case .up:
            let began = begun.removeValue(forKey: key.slot) ?? current.at_ns
            let bytes = begunBytes.removeValue(forKey: key.slot) ?? 0
            out.append(
                .response(
                    Response(
                        member: .edge(key.slot), key: key, began_ns: began, answered_ns: max(began, time_ns),
                        byteCount: bytes + byteCount, isLast: false)))
            if current.hasAllUps(key.exchange) { edgesAnswered(key, time_ns) }
        case .down:
            guard let last = current.progress[key.exchange]?.lastUp, let question = current.passings[last] else { return }
            let began = question.sent_ns ?? question.received_ns
            let isLast = current.hasAllDowns(key.exchange)
            out.append(
                .response(
                    Response(
                        member: .core(), key: key, began_ns: began, answered_ns: max(began, time_ns),
                        byteCount: isLast ? current.progress[key.exchange]?.byteCount ?? 0 : byteCount, isLast: isLast)))
        }
    }

    private mutating func passed(_ key: ExchangeKey, _ message: TraceMessage, _ time_ns: UInt64) {
        current?.sent(key, at_ns: time_ns)
        // After a barrier's answer a member saves; then the next order counts.
        if key.direction == .down, key.exchange != .modelDeltas, key.term == current?.order.term {
            begun[key.slot] = time_ns
            begunBytes[key.slot] = message.bodyLength
        }
        let received = min(time_ns, message.received_ns ?? time_ns)
        out.append(.passed(key, byteCount: message.bodyLength, received_ns: received, sent_ns: time_ns))
    }

    // MARK: The critical path

    /// The last edge's message is here: the path led over the core's answer to that edge.
    private mutating func edgesAnswered(_ last: ExchangeKey, _ time_ns: UInt64) {
        guard let current else { return }
        var bytes = current.passings[last]?.byteCount ?? 0
        if let before = current.exchange(before: last.exchange), let answer = current.key(before, .down, last.slot) {
            core(before, answer)
            advance(to: current.passings[answer]?.sent_ns, .queue)
            bytes += current.passings[answer]?.byteCount ?? 0
        }
        advance(to: time_ns, .answer(.edge(last.slot), last.exchange, byteCount: bytes))
    }

    /// From the last message that the core needed to this answer.
    private mutating func core(_ exchange: Exchange, _ answer: ExchangeKey) {
        guard let current, let progress = current.progress[exchange] else { return }
        advance(to: progress.lastUp.flatMap { current.passings[$0]?.sent_ns }, .queue)
        advance(to: current.passings[answer]?.received_ns, .answer(.core(), exchange, byteCount: progress.byteCount))
    }
}
