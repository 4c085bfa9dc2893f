import OxbowProtocol
import OxbowWire

/// By what names a trace knows its members: as the broker calls them, and as they call themselves.
public struct TraceNames: Sendable {
    private var names: [MemberID: Set<String>] = [:]

    /// Reads a trace to its end, or to where it is damaged.
    public init(_ reader: TraceReader) {
        for entry in reader { take(entry.record) }
    }

    private mutating func take(_ record: TraceRecord) {
        for member in TraceFilter.members(of: record) { names[member, default: []].insert(member.description) }
        switch record.decision {
        case .enrolled(let member, let workerID, _, _): add(workerID, to: member)
        case .plan(let plan): for entry in plan.assignments { add(entry.workerID, to: .edge(entry.slot)) }
        case .amended(_, let assignments): for entry in assignments { add(entry.workerID, to: .edge(entry.slot)) }
        default: break
        }
        guard let message = record.message, message.direction == .sent, let member = message.member,
            case .plan(let plan, _, _)? = try? message.control()
        else { return }
        for entry in plan.assignments where member == .edge(entry.slot) { add(entry.workerID, to: member) }
    }

    private mutating func add(_ name: String, to member: MemberID) {
        names[member, default: [member.description]].insert(name)
    }

    /// Those who have this name; empty if nobody has.
    public func members(named name: String) -> Set<MemberID> { Set(names.filter { $0.value.contains(name) }.keys) }

    /// `worker-0 (small-1)`, in their order.
    public var all: [String] {
        names.sorted { $0.key < $1.key }.map { member, names in
            let own = names.subtracting([member.description]).sorted()
            return member.description + (own.isEmpty ? "" : " (\(own.joined(separator: ", ")))")
        }
    }
}
