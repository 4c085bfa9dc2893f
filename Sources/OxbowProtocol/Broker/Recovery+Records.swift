// What a journal that grew is made anew from.
extension Recovery {
    /// The fewest records that a broker recovers the same from, but for the names of runs that ended before the last one.
    public var records: [JournalRecord] {
        var records = [JournalRecord.term(term, members: [])]
        for (id, member) in members.sorted(by: { $0.key < $1.key }) {
            records.append(
                .enrolled(id, workerID: member.workerID, tier: member.tier, sessionEpoch: member.sessionEpoch))
            if member.hasLeft { records.append(.lost(id, reason: JournalRecord.leaving("before the journal was made anew"))) }
        }
        return records + (run?.records ?? []) + queue.map { .queued(run: $0) }
    }
}

extension Recovery.Run {
    fileprivate var records: [JournalRecord] {
        [.started(run: id)] + (plan.map(training) ?? []) + (outcome.map { [.ended($0)] } ?? [])
    }

    /// The plan as it was made, then what its last barriers made of it.
    private func training(_ plan: Plan) -> [JournalRecord] {
        var first = plan
        first.assignments = assignments[0] ?? plan.assignments
        var (records, current) = ([JournalRecord.plan(first)], first.assignments)
        for round in digests.keys.sorted() {
            if let next = assignments[round], next != current {
                records.append(.amended(round: round, next))
                current = next
            }
            let saved = (digests[round] ?? [:]).sorted { $0.key < $1.key }
            records.append(.barrier(round: round, digests: saved.map { MemberDigest(member: $0.key, digest: $0.value) }))
        }
        if let amendment { records.append(.amended(round: amendment.round, amendment.assignments)) }
        return records
    }
}
