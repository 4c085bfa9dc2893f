import OxbowProtocol
import OxbowWire

/// Which records are shown; without any condition, all.
public struct TraceFilter: Hashable, Sendable {
    /// Any of these.
    public var members: Set<MemberID>?
    public var round: UInt32?
    public var exchange: UInt8?
    /// Control messages only.
    public var controlOnly: Bool
    /// Seconds since the header.
    public var from: Double?
    public var to: Double?

    public init(
        members: Set<MemberID>? = nil, round: UInt32? = nil, exchange: UInt8? = nil, controlOnly: Bool = false,
        from: Double? = nil,
        to: Double? = nil
    ) {
        (self.members, self.round, self.exchange, self.controlOnly) = (members, round, exchange, controlOnly)
        (self.from, self.to) = (from, to)
    }

    /// - Parameter seconds: of the record, since the header.
    public func passes(_ record: TraceRecord, at seconds: Double) -> Bool {
        if let from, seconds < from { return false }
        if let to, seconds > to { return false }
        let message = record.message
        if controlOnly, message?.envelope.content != .control { return false }
        if let exchange, message?.key?.exchange.rawValue != exchange { return false }
        if let members, members.isDisjoint(with: Self.members(of: record)) { return false }
        if let round, record.round != round { return false }
        return true
    }

    /// Whom a record is about: at the connection's other end, or whose bulk message it is.
    static func members(of record: TraceRecord) -> [MemberID] {
        var members: [MemberID] = []
        if let message = record.message {
            if let member = message.member { members.append(member) }
            if let key = message.key { members.append(.edge(key.slot)) }
        } else if let member = record.decision?.member ?? record.note?.member {
            members.append(member)
        }
        return members
    }
}

extension TraceRecord {
    /// The round that a record is about; nil where it is about none.
    public var round: UInt32? {
        if let message {
            switch message.envelope.content {
            case .bulk(let key): return key.round
            case .artifact(let key): return key.round
            case .control: return (try? message.control())?.round
            case .operator, .enrolment: return nil
            }
        }
        return switch decision {
        case .committed(let half): half.round
        case .barrier(let round, _), .amended(let round, _): round
        default: note?.round
        }
    }
}

extension BrokerNote {
    fileprivate var round: UInt32? {
        switch self {
        case .ordered(let order): order.round
        case .amended(let round, _), .timings(let round, _), .modelled(let round, _, _), .deadlines(let round, _),
            .barrier(let round, _, _):
            round
        case .returned(let barrier, _): barrier
        case .aggregation(let report): report.round
        default: nil
        }
    }
}

extension ControlMessage {
    fileprivate var round: UInt32? {
        switch self {
        case .stepControl(let order): order.round
        case .barrierSaved(_, let round, _, _), .heartbeat(_, let round, _): round
        case .metrics(let metrics): metrics.round
        case .aggregation(let report): report.round
        default: nil
        }
    }
}
