import Foundation
import OxbowJournal
import OxbowProtocol
import Testing

@testable import OxbowRuntime

@Suite struct JournalTests {
    private func journal(_ records: [JournalRecord]) throws -> Data {
        var chain = ""
        return try records.reduce(into: Data()) { journal, record in
            let json = try JSONEncoder().encode(record)
            chain = JournalContent.link(chain, json)
            journal += Data((chain + " ").utf8) + json + Data("\n".utf8)
        }
    }

    @Test func aLineThatSaysWhatNoBrokerWritesIsNamedWhereverItIs() throws {
        let good = JournalRecord.queued(run: "a")
        let digest = MemberDigest(member: .edge(0), digest: [UInt8](repeating: 0, count: 32))
        let bad: [JournalRecord] = [
            .barrier(round: .max, digests: [digest]), .barrier(round: 1, digests: [.init(member: .edge(0), digest: [1])]),
            .enrolled(.core(1), workerID: "x", tier: "", sessionEpoch: 1), .lost(.edge(16384), reason: ""),
            .committed(HalfStep(round: 1, step: .max, half: .generator)), .queued(run: String(repeating: "x", count: 65)),
        ]
        #expect(try JournalContent(journal([good, good])).records == [good, good])
        for record in bad {
            for records in [[good, record], [good, record, good]] {
                let fault = try #require(throws: JournalFault.self) { try JournalContent(journal(records)) }
                #expect(fault.line == 2 && fault.reason.contains("says what cannot be"), "\(record)")
            }
        }
    }

    @Test func aBrokerDoesNotGoOnFromIt() throws {
        let path = FileManager.default.temporaryDirectory.path + "/oxbow-journal-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let content = try journal([.barrier(round: .max, digests: [])])
        try content.write(to: URL(fileURLWithPath: path))
        let error = try #require(throws: RuntimeError.self) { try Journal(path, patience: 0) }
        #expect(error.kind == .state && error.description.contains("line 1 says what cannot be: round 4294967295"), "\(error)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == content, "it is left as it is")
    }
}
