import OxbowProtocol

extension JournalRecord {
    /// Throws `WireError` if it says what no broker writes: what it names goes out to members again after a restart.
    public func check() throws(WireError) {
        let rules = WireRules(subject: "journal")
        switch self {
        case .queued(let run), .withdrawn(let run), .started(let run): try rules.text("run", run, WireLimits.runNameBytes)
        case .enrolled(let member, let workerID, let tier, _):
            try rules.check(member)
            try rules.text("worker name", workerID, WireLimits.workerIDBytes)
            try rules.text("tier", tier, WireLimits.tierBytes)
        case .lost(let member, _), .sidelined(let member, _): try rules.check(member)
        case .plan(let plan): try rules.check(plan, startBarrier: 0)
        case .amended(let round, let assignments):
            try rules.place(round: round)
            try rules.check(assignments)
        case .term(_, let members):
            try rules.count("members", members.count, WireLimits.members)
            for slot in members { try rules.slot(slot) }
        case .committed(let half): try rules.place(round: half.round, step: half.step)
        case .barrier(let round, let digests):
            try rules.place(round: round)
            try rules.count("digests", digests.count, WireLimits.members + 1)
            for entry in digests {
                try rules.check(entry.member)
                try rules.digest(entry.digest)
            }
        case .ended: break
        }
    }
}

extension WireRules {
    /// One core, and as many edges as a plan can name.
    fileprivate func check(_ member: MemberID) throws(WireError) {
        try require(member.slot < (member.role == .core ? 1 : UInt32(WireLimits.members)), "there is no \(member)")
    }
}
