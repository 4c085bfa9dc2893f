// What a simulation holds against its own books after every event.
extension BrokerMachine {
    package var currentTerm: UInt32 { term }

    package var lastBarrier: UInt32 { run?.lastBarrier ?? 0 }

    /// Of members with a session.
    package var sessions: [MemberSession] {
        let (ofEdges, ofCore) = (credits(.edge(0)), credits(.core()))
        return members.values.compactMap { member in
            guard let control = member.control else { return nil }
            return MemberSession(
                member: member.id, epoch: member.sessionEpoch, control: control, bulk: member.bulk, underWay: member.underWay,
                credits: member.id.role == .core ? ofCore : ofEdges)
        }
    }

    package struct MemberSession {
        package var member: MemberID
        package var epoch: UInt32
        package var control: ConnectionID
        package var bulk: ConnectionID?
        /// Bulk messages of this term that it has under way, and how many it may have.
        package var underWay: Int
        package var credits: Int
    }
}

extension MemberMachine {
    /// The latest term that it was told of in this session.
    package var knownTerm: UInt32 { max(planTerm, lastOrder.term) }
}
