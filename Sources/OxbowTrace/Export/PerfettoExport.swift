import OxbowProtocol
import OxbowWire

/// A trace as a timeline: a track for each member, one for the broker's orders and one for its decisions, arrows for bulk messages.
public struct PerfettoExport {
    private let file: TraceEventFile
    private let shares: RoundShares
    private let start: UInt64
    private var barriers = 0
    private var named: Set<Int> = []
    /// Where each track's last slice ended.
    private var ends: [Int: UInt64] = [:]
    private var order: (name: String, from: UInt64)?
    /// Before the first order.
    private var isStarting = true
    /// When the first plan was sent.
    private var planned: UInt64?
    /// When each member that loads its state was sent its plan.
    private var loading: [MemberID: UInt64] = [:]
    /// When an edge was sent its blocks of a barrier, after which it saves.
    private var saving: [MemberID: UInt64] = [:]
    /// When each answer that was not passed on yet had come.
    private var answers: [ExchangeKey: UInt64] = [:]
    private var held: [ExchangeKey: UInt64] = [:]
    private var heldBytes: UInt64 = 0

    private static let (brokerTrack, decisionTrack) = (1, 2)

    /// Reads the trace twice and writes the file.
    /// - Returns: how the trace stops.
    /// - Throws: `TraceError` if the file cannot be written, or the trace was changed.
    @discardableResult
    public static func write(_ trace: String, to path: String) throws(TraceError) -> TraceEnding {
        let shares = RoundShares(try TraceReader(trace))
        let reader = try TraceReader(trace)
        guard let first = reader.next() else {
            try reader.checkIntegrity()
            return reader.ending ?? .unfinished
        }
        var export = try PerfettoExport(path, shares, start: first.record.time_ns, run: reader.header.run)
        var walk = ExchangeWalk(from: first.record.time_ns)
        var last = first.record.time_ns
        for entry in reader {
            last = max(last, entry.record.time_ns)
            if let message = entry.record.message {
                try export.count(message, entry.record.time_ns)
                try export.load(message, entry.record.time_ns)
            }
            if let decision = entry.record.decision { try export.mark(decision, entry.record.time_ns) }
            for event in walk.take(entry.record) { try export.take(event) }
        }
        try export.endStart(at: last)
        try export.endOrder(at: last)
        try export.saved(at: last)
        try export.file.finish()
        try reader.checkIntegrity()
        return reader.ending ?? .unfinished
    }

    private init(_ path: String, _ shares: RoundShares, start: UInt64, run: String) throws(TraceError) {
        file = try TraceEventFile(path)
        (self.shares, self.start) = (shares, start)
        try file.nameProcess("oxbow \(run)")
        try file.nameTrack(Self.brokerTrack, "broker: orders", order: 0)
        try file.nameTrack(Self.decisionTrack, "broker: decisions", order: 1)
    }

    private mutating func take(_ event: WalkEvent) throws(TraceError) {
        switch event {
        case .ordered(let order, let time):
            try endStart(at: time)
            try endOrder(at: time)
            self.order = (order.words, time)
            // A core that loaded nothing waits from the first order on.
            let core = try track(.core())
            ends[core] = ends[core] ?? time
        case .response(let response):
            answers[response.key] = response.answered_ns
            if response.member.role == .edge || response.isLast { try draw(response) }
        case .passed(let key, _, let received, let sent): try passed(key, received, sent)
        case .barrier(_, let time):
            try saved(at: time)
            barriers += 1
        case .metrics, .stretch: break
        }
    }

    private mutating func endOrder(at time: UInt64) throws(TraceError) {
        guard let order else { return }
        try slice(order.name, "order", Self.brokerTrack, order.from, time)
        self.order = nil
    }

    // MARK: Before the first order, and decisions

    private mutating func load(_ message: TraceMessage, _ time: UInt64) throws(TraceError) {
        guard case .control = message.envelope.content, let member = message.member, let control = try? message.control()
        else { return }
        switch (message.direction, control) {
        case (.sent, .plan):
            planned = planned ?? time
            loading[member] = time
        case (.received, .ready):
            guard let since = loading.removeValue(forKey: member) else { return }
            try slice("load", "start", track(member), since, time)
        default: break
        }
    }

    private mutating func endStart(at time: UInt64) throws(TraceError) {
        guard isStarting else { return }
        isStarting = false
        try slice("joining", "start", Self.brokerTrack, start, min(planned ?? time, time))
        if let planned { try slice("loading", "start", Self.brokerTrack, planned, time) }
    }

    /// What comes with every step is in the orders.
    private func mark(_ decision: JournalRecord, _ time: UInt64) throws(TraceError) {
        let name: String
        switch decision {
        case .committed, .term: return
        case .barrier(let round, _): name = "barrier \(round)"
        default: name = [decision.name, decision.member?.description].compactMap { $0 }.joined(separator: " ")
        }
        try file.instant(name, "decision", Self.decisionTrack, at: relative(time), decision.words)
    }

    // MARK: Members

    private mutating func track(_ member: MemberID) throws(TraceError) -> Int {
        // Edges after the core, which is in the middle of everything.
        let track = member.role == .core ? 3 + Int(member.slot) % 7 : 10 + Int(member.slot)
        if named.insert(track).inserted { try file.nameTrack(track, member.description, order: track) }
        return track
    }

    /// An answer: the wire in, computing, the wire out; before it what the member waited.
    private mutating func draw(_ response: Response) throws(TraceError) {
        let track = try track(response.member)
        if let end = ends[track] { try slice("wait", "wait", track, end, response.began_ns) }
        let (from, to) = (max(response.began_ns, ends[track] ?? 0), response.answered_ns)
        guard to > from else { return }
        try slice("exchange \(response.key.exchange.rawValue)", "exchange", track, from, to)
        let shares = shares.shares(response.member, after: barriers)
        let length = to - from
        let share = Double(length) * min(1, max(0, shares.compute + shares.codec))
        let busy = min(length, UInt64(exactly: share.rounded(.down)) ?? length)
        let wire = (to - from - busy) / 2
        try part("receive", "wire", track, from, from + wire)
        try part("compute", "compute", track, from + wire, from + wire + busy)
        try part("send", "wire", track, from + wire + busy, to)
    }

    /// A barrier is committed: until then all saved, each from when it had what it saves.
    private mutating func saved(at time: UInt64) throws(TraceError) {
        for (member, since) in saving.sorted(by: { $0.key < $1.key }) {
            let track = try track(member)
            try slice("wait", "wait", track, ends[track] ?? since, since)
            try slice("save", "save", track, since, time)
        }
        saving.removeAll()
    }

    /// An arrow from the end of the sender's answer to where the receiver has the message.
    private mutating func passed(_ key: ExchangeKey, _ received: UInt64, _ sent: UInt64) throws(TraceError) {
        let edge = try track(.edge(key.slot))
        let core = try track(.core())
        let tracks = key.direction == .up ? (edge, core) : (core, edge)
        // Inside the slices, not on their rims.
        let inside: UInt64 = 500
        let answered = answers.removeValue(forKey: key) ?? received
        try file.arrow(
            "exchange \(key.exchange.rawValue) \(key.direction)",
            from: (tracks.0, relative(answered) - min(inside, relative(answered))),
            to: (tracks.1, relative(sent).addingReportingOverflow(inside).overflow ? .max : relative(sent) + inside))
        guard key.exchange == .modelDeltas, key.direction == .down else { return }
        saving[.edge(key.slot)] = sent
        saving[.core()] = answered
    }

    /// A slice that follows the track's last one.
    private mutating func slice(_ name: String, _ category: String, _ track: Int, _ from: UInt64, _ to: UInt64)
        throws(TraceError)
    {
        let from = max(from, ends[track] ?? 0)
        guard to > from else { return }
        ends[track] = to
        try part(name, category, track, from, to)
    }

    private func part(_ name: String, _ category: String, _ track: Int, _ from: UInt64, _ to: UInt64) throws(TraceError) {
        guard relative(to) > relative(from) else { return }
        try file.slice(name, category, track, from: relative(from), to: relative(to))
    }

    private func relative(_ time: UInt64) -> UInt64 { max(time, start) - start }

    // MARK: Bytes

    /// Bodies that came and were not passed on yet.
    private mutating func count(_ message: TraceMessage, _ time: UInt64) throws(TraceError) {
        guard let key = message.key else { return }
        switch message.direction {
        case .received:
            guard held[key] == nil else { return }
            held[key] = message.bodyLength
            heldBytes += message.bodyLength
        case .sent: heldBytes -= held.removeValue(forKey: key) ?? 0
        }
        // What was refused or dropped is never sent: a later term shows it.
        for (stale, bytes) in held where stale.term < key.term {
            held[stale] = nil
            heldBytes -= bytes
        }
        try file.counter("bytes in the broker", heldBytes, at: relative(time))
    }
}
