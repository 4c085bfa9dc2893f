import OxbowProtocol
import OxbowWire

/// What a trace says of a run in numbers: messages, latencies, and where the time went.
public struct TraceStatistics: Codable, Hashable, Sendable {
    /// Messages of one kind.
    public struct Traffic: Codable, Hashable, Sendable {
        /// A control message's name, `artifact`, `operator`, or `exchange <n> up|down`.
        public var kind: String
        public var received = 0
        public var receivedBytes: UInt64 = 0
        public var sent = 0
        public var sentBytes: UInt64 = 0
    }

    /// Of an exchange's answers, by tier; the core's tier is `core`.
    public struct Latency: Codable, Hashable, Sendable {
        public var tier: String
        public var exchange: UInt8
        public var count: UInt64
        public var p50Seconds: Double
        public var p90Seconds: Double
        public var p99Seconds: Double
        public var maxSeconds: Double
    }

    public var run: String
    public var records = 0
    /// From the header to the last record.
    public var seconds = 0.0
    /// By kind.
    public var traffic: [Traffic] = []
    public var latencies: [Latency] = []
    public var rounds: [RoundTime] = []
    /// Over all rounds, and what was before and after them.
    public var parts = RoundTime.Parts()
    /// Sum of the parts over the wall clock: 1 but for rounding.
    public var closure = 1.0
    public var outcome: String?
    public var stateHash: String?
    /// How the file stops, where it is not complete.
    public var fault: String?

    /// Reads a trace to its end.
    public init(_ reader: TraceReader) {
        run = reader.header.run
        var collector = StatisticsCollector()
        for entry in reader { collector.take(entry.record) }
        collector.finish()
        collector.fill(&self)
        fault = reader.ending?.sentence
    }
}

/// Gathers statistics record by record. Memory: one order, one round, and a histogram for each tier and exchange.
struct StatisticsCollector {
    private var records = 0
    private var first_ns: UInt64?
    private var last_ns: UInt64 = 0
    private var traffic: [String: TraceStatistics.Traffic] = [:]
    private var latencies = LatencyTable()
    private var tiers: [MemberID: String] = [:]
    private var walk: ExchangeWalk?
    private var clock = RoundClock()
    private var rounds: [RoundTime] = []
    private var end: TraceEnd?

    mutating func take(_ record: TraceRecord) {
        records += 1
        if first_ns == nil {
            (first_ns, last_ns) = (record.time_ns, record.time_ns)
            walk = ExchangeWalk(from: record.time_ns)
        }
        last_ns = max(last_ns, record.time_ns)
        if let message = record.message { count(message) }
        if case .end(let end) = record.content { self.end = end }
        if let decision = record.decision { learn(decision) }
        for event in walk?.take(record) ?? [] { take(event) }
    }

    mutating func finish() {
        for event in walk?.finish(at: last_ns) ?? [] { take(event) }
        let rest = clock.take(isCommitted: false)
        if rest.seconds > 0 { rounds.append(rest) }
    }

    private mutating func take(_ event: WalkEvent) {
        clock.take(event)
        switch event {
        case .response(let response):
            let tier = response.member.role == .core ? "core" : tiers[response.member] ?? "unknown"
            latencies.add(.init(tier: tier, exchange: response.key.exchange), from: response.began_ns, to: response.answered_ns)
        case .barrier(let round, _):
            var time = clock.take(isCommitted: true)
            time.round = round
            rounds.append(time)
        default: break
        }
    }

    private mutating func learn(_ decision: JournalRecord) {
        switch decision {
        case .enrolled(let member, _, let tier, _): tiers[member] = tier
        case .plan(let plan): for entry in plan.assignments { tiers[.edge(entry.slot)] = entry.tier }
        case .amended(_, let assignments): for entry in assignments { tiers[.edge(entry.slot)] = entry.tier }
        default: break
        }
    }

    private mutating func count(_ message: TraceMessage) {
        let kind = message.kind
        var entry = traffic[kind] ?? TraceStatistics.Traffic(kind: kind)
        switch message.direction {
        case .received: (entry.received, entry.receivedBytes) = (entry.received + 1, entry.receivedBytes + message.bodyLength)
        case .sent: (entry.sent, entry.sentBytes) = (entry.sent + 1, entry.sentBytes + message.bodyLength)
        }
        traffic[kind] = entry
    }

    func fill(_ statistics: inout TraceStatistics) {
        statistics.records = records
        statistics.seconds = Double(last_ns &- (first_ns ?? last_ns)) / 1e9
        statistics.traffic = traffic.values.sorted { $0.kind < $1.kind }
        statistics.latencies = latencies.rows
        statistics.rounds = rounds
        for round in rounds { statistics.parts += round.parts }
        statistics.closure = statistics.seconds > 0 ? statistics.parts.sum / statistics.seconds : 1
        (statistics.outcome, statistics.stateHash) = (end?.outcome, end?.stateHash)
    }
}
