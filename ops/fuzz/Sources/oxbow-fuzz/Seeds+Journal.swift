import Foundation
import OxbowJournal
import OxbowModel
import OxbowProtocol

/// A fleet's journal: of two runs, the first of which was under way.
enum JournalSeeds {
    static let runs = ["a", "b"]
    static let words = [
        "\"started\"", "\"queued\"", "\"withdrawn\"", "\"enrolled\"", "\"lost\"", "\"sidelined\"", "\"plan\"", "\"amended\"",
        "\"term\"", "\"committed\"", "\"barrier\"", "\"ended\"", "\"run\"", "\"_0\"", "\"finished\"", "\"reason\"", "4294967295",
        "16777216", "-1", "null", "[]", "{}",
    ]

    static let plan = WireSeeds.plan

    static func journals() throws -> [String: [UInt8]] {
        let digest = (0..<32).map { UInt8($0) }
        let digests = [MemberID.edge(0), .edge(3), .core()].map { MemberDigest(member: $0, digest: digest) }
        let fleet: [JournalRecord] = [
            .queued(run: "a"), .started(run: "a"), .queued(run: "b"),
            .enrolled(.edge(0), workerID: "box-0", tier: "large", sessionEpoch: 1),
            .enrolled(.edge(3), workerID: "box-3", tier: "large", sessionEpoch: 1),
            .enrolled(.core(), workerID: "middle", tier: "", sessionEpoch: 4),
        ]
        let round: [JournalRecord] = [
            .plan(plan), .term(1, members: [0, 3]), .committed(HalfStep(round: 1, step: 0, half: .discriminator)),
            .sidelined(.edge(3), reason: "too slow"), .amended(round: 1, plan.assignments), .barrier(round: 1, digests: digests),
            .lost(.edge(3), reason: "gone"),
        ]
        return [
            "begun": try lines(fleet), "round": try lines(fleet + round),
            "ended": try lines(fleet + round + [.ended(.finished), .withdrawn(run: "b")]),
            "failed": try lines(fleet + [.ended(.failed(message: "no")), .started(run: "b")]),
            "last": try lines(
                fleet + [
                    .plan(plan), .term(.max, members: []), .barrier(round: 1 << 24, digests: digests),
                    .enrolled(.edge(16383), workerID: "x", tier: "small", sessionEpoch: .max),
                ]),
            "chained": Array(chained(Data(try lines(fleet + round)))),
        ]
    }

    /// The lines with the digits in front that make them a journal.
    static func chained(_ json: Data) -> Data {
        var chain = ""
        return json.split(separator: UInt8(ascii: "\n")).reduce(into: Data()) { journal, line in
            chain = JournalContent.link(chain, Data(line))
            journal += Data((chain + " ").utf8) + line + Data("\n".utf8)
        }
    }

    private static func lines(_ records: [JournalRecord]) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try records.flatMap { Array(try encoder.encode($0)) + [UInt8(ascii: "\n")] }
    }
}
