// What a decision says.
extension JournalRecord {
    /// For people, on one line.
    public var words: String {
        switch self {
        case .queued(let run): "run \(run) waits for its turn"
        case .withdrawn(let run): "run \(run) was withdrawn"
        case .started(let run): "run \(run) begins"
        case .enrolled(let member, let workerID, let tier, let epoch):
            "\(member) joins: \(workerID), tier \(tier), session \(epoch)"
        case .lost(let member, let reason): "\(member): \(reason)"
        case .sidelined(let member, let reason): "\(member) sits out: \(reason)"
        case .plan(let plan): "plan for \(plan.assignments.count) workers"
        case .amended(let round, let assignments): "\(assignments.count) workers from round \(round &+ 1) on"
        case .term(let term, let members): "term \(term) with \(members.count) workers"
        case .committed(let half): "\(half) committed"
        case .barrier(let round, let digests): "barrier \(round) committed by \(digests.count) members"
        case .ended(let outcome): "ended: \(outcome.text)"
        }
    }

    /// Its kind, as it is named in JSON.
    public var name: String {
        switch self {
        case .queued: "queued"
        case .withdrawn: "withdrawn"
        case .started: "started"
        case .enrolled: "enrolled"
        case .lost: isGoodbye ? "left" : "lost"
        case .sidelined: "sidelined"
        case .plan: "plan"
        case .amended: "amended"
        case .term: "term"
        case .committed: "committed"
        case .barrier: "barrier"
        case .ended: "ended"
        }
    }

    /// Whom it is about, if it is one.
    public var member: MemberID? {
        switch self {
        case .enrolled(let member, _, _, _), .lost(let member, _), .sidelined(let member, _): member
        default: nil
        }
    }

    /// The reason of a session's end that was a goodbye.
    static func leaving(_ reason: String) -> String { leftPrefix + reason }

    /// A session that ended with a goodbye.
    var isGoodbye: Bool { if case .lost(_, let reason) = self { reason.hasPrefix(Self.leftPrefix) } else { false } }

    private static let leftPrefix = "it left: "
}
