import OxbowModel
import Testing

@testable import OxbowProtocol

/// A journal made anew says the same as the one it was made from. Whole runs do so in every simulation with a broker that dies.
@Suite struct RecoveryRecordsTests {
    private func assignment(_ slot: UInt32, _ head: Int = 0) throws -> Assignment {
        Assignment(slot: slot, workerID: "w\(slot)", tier: "small", cuts: try #require(Cuts([head, 0, 0, 0])), samples: 1)
    }

    private func digests(_ byte: UInt8) -> [MemberDigest] {
        [.edge(0), .edge(1), .core()].map { MemberDigest(member: $0, digest: [UInt8](repeating: byte, count: 32)) }
    }

    /// A fleet's life: an ended run, one under way whose cuts moved twice, members that came, went and left, a queue.
    private func life() throws -> [JournalRecord] {
        var plan = BrokerScript.template
        plan.assignments = [try assignment(0), try assignment(1)]
        var records: [JournalRecord] = [
            .enrolled(.core(), workerID: "core", tier: "core", sessionEpoch: 1),
            .enrolled(.edge(0), workerID: "w0", tier: "small", sessionEpoch: 1), .queued(run: "first"), .queued(run: "second"),
            .started(run: "first"), .plan(plan), .term(3, members: [0, 1]), .barrier(round: 1, digests: digests(9)),
            .ended(.stopped(reason: "x")), .queued(run: "third"), .queued(run: "gone"), .withdrawn(run: "gone"),
            .started(run: "second"), .plan(plan), .term(4, members: [0, 1]),
            .enrolled(.edge(1), workerID: "w1", tier: "small", sessionEpoch: 7),
        ]
        for round in 1...5 as ClosedRange<UInt32> {
            for half in [Half.discriminator, .generator] {
                records.append(.committed(HalfStep(round: round, step: 0, half: half)))
            }
            if round == 2 || round == 4 {
                records.append(.amended(round: round, [try assignment(0), try assignment(1, Int(round) / 2)]))
            }
            records.append(.lost(.edge(1), reason: round == 3 ? JournalRecord.leaving("rain") : "silence"))
            records.append(.barrier(round: round, digests: digests(UInt8(round))))
            records.append(.term(4 + round, members: [0]))
        }
        // Of a barrier that is not committed yet.
        records.append(.amended(round: 6, [try assignment(0, 2), try assignment(1, 2)]))
        records.append(.barrier(round: 6, digests: digests(6)))
        return records + [
            .enrolled(.edge(1), workerID: "w1", tier: "small", sessionEpoch: 8), .ended(.finished), .withdrawn(run: "third"),
        ]
    }

    /// What a broker goes on from.
    private func known(_ recovery: Recovery) -> [AnyHashable] {
        [
            recovery.members, recovery.term, recovery.queue, recovery.unfinished, recovery.run?.id, recovery.run?.plan,
            recovery.run?.lastBarrier, recovery.run?.assignments, recovery.run?.digests, recovery.run?.outcome,
        ]
    }

    @Test func itMayBeMadeAnewAtAnyTime() throws {
        let life = try life()
        let whole = known(Recovery(life))
        for count in 0...life.count {
            let before = Recovery(life.prefix(count))
            #expect(known(Recovery(before.records)) == known(before), "after \(count)")
            #expect(known(Recovery(before.records + life.dropFirst(count))) == whole, "after \(count), and what follows")
        }
    }

    @Test func itDoesNotGrowWithTime() throws {
        let life = try life()
        let count = Recovery(life).records.count
        #expect(count < life.count / 2)
        #expect(Recovery((0..<50).flatMap { _ in life }).records.count == count)
    }
}
