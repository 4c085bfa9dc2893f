import OxbowFleet
import OxbowProtocol
import OxbowTrace
import OxbowWire

/// What a first reading of a trace finds: that it is undamaged, who computed, and from what.
public struct TraceSurvey: Sendable {
    /// A member that was given a plan, as it said hello.
    public struct Participant: Hashable, Sendable {
        public var member: MemberID
        public var workerID: String
        public var data: DataForm
        /// oneDNN's.
        public var instructionSet: String

        init(_ member: MemberID, _ hello: Hello) {
            (self.member, workerID, data) = (member, hello.workerID, hello.data)
            instructionSet = hello.capabilities.instructionSet
        }
    }

    public let path: String
    public let header: TraceHeader
    public let ending: TraceEnding
    public let records: Int
    /// Up to the last whole record.
    public let byteCount: UInt64
    /// In the order of their first plans; a member that came back with other data or from another machine is there again.
    public let participants: [Participant]
    /// The first one; nil where none was sent.
    public let plan: Plan?
    /// Its core sent files to the broker.
    public let holdsArtifacts: Bool
    /// How many bulk messages the broker received.
    public let bodies: Int
    /// Members that told the digests of stand-ins, which compute nothing.
    public let standIns: [MemberID]

    /// Reads a trace to its end.
    /// - Throws: `TraceError` if there is none or it was changed; `ReplayError` if it plans for a member that never said hello.
    public init(_ path: String) throws {
        let reader = try TraceReader(path)
        var greetings = Greetings()
        var (records, end) = (0, UInt64(0))
        var participants: [Participant] = []
        var plan: Plan?
        var holdsArtifacts = false
        var bodies = 0
        var standIns: Set<MemberID> = []
        for entry in reader {
            (records, end) = (records + 1, entry.offset)
            guard let message = entry.record.message else { continue }
            if case .artifact = message.envelope.content { holdsArtifacts = true }
            if message.key != nil, message.direction == .received { bodies += 1 }
            guard let control = try? message.control() else { continue }
            greetings.take(message, control)
            if message.direction == .received, let member = message.member, control.isOfStandIn { standIns.insert(member) }
            guard message.direction == .sent, case .plan(let sent, _, _) = control, let member = message.member else { continue }
            plan = plan ?? sent
            let participant = Participant(member, try greetings.hello(of: member, path))
            if !participants.contains(participant) { participants.append(participant) }
        }
        try reader.checkIntegrity()
        (self.path, header, ending) = (path, reader.header, reader.ending ?? .unfinished)
        (self.records, byteCount) = (records, end)
        (self.participants, self.plan, self.holdsArtifacts) = (participants, plan, holdsArtifacts)
        (self.bodies, self.standIns) = (bodies, standIns.sorted())
    }
}

extension ControlMessage {
    fileprivate var isOfStandIn: Bool {
        switch self {
        case .ready(_, let digest), .barrierSaved(_, _, let digest, _): digest == StandInPerformer.digest
        default: false
        }
    }
}

/// Who said what at hello, for each member's session.
struct Greetings {
    private var byConnection: [UInt64: Hello] = [:]
    private var byMember: [MemberID: Hello] = [:]

    mutating func take(_ message: TraceMessage, _ control: ControlMessage) {
        switch control {
        case .hello(let hello) where message.direction == .received && hello.lane == .control:
            byConnection[message.connection] = hello
        case .welcome(let welcome) where message.direction == .sent:
            // A duplicate has no hello of its own.
            if let hello = byConnection.removeValue(forKey: message.connection) { byMember[welcome.member] = hello }
        default: break
        }
    }

    func hello(of member: MemberID, _ path: String) throws(ReplayError) -> Hello {
        guard let hello = byMember[member] else {
            throw ReplayError(.incomplete, "Unable to verify '\(path)': it has no hello of \(member). Use the whole trace.")
        }
        return hello
    }
}
