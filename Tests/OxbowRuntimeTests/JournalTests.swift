import Foundation
import Logging
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

    // MARK: Made anew

    private func place() -> String { FileManager.default.temporaryDirectory.path + "/oxbow-journal-\(UUID().uuidString)" }

    private func record(_ number: Int) -> JournalRecord {
        .enrolled(.edge(UInt32(number % 3)), workerID: "w\(number % 3)", tier: "small", sessionEpoch: UInt32(number))
    }

    @Test func itIsMadeAnewOnceItGrew() throws {
        let path = place()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var all = [JournalRecord]()
        var made = 0
        do {
            let journal = try Journal(path, patience: 0, growth: 4000)
            for number in 1...200 {
                all.append(record(number))
                try journal.write(record(number), durable: number.isMultiple(of: 2))
                guard let (before, after) = try journal.compactIfLarge() else { continue }
                made += 1
                #expect(before > 4000 && after < 600, "\(before) to \(after)")
                // Whoever comes now finds the new file taken.
                #expect(throws: RuntimeError.self) { try Journal(path, patience: 0) }
            }
        }
        #expect(made >= 3)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? .max < 5000)
        #expect(!FileManager.default.fileExists(atPath: path + ".new"))
        let again = try Journal(path, patience: 0)
        #expect(again.recovered.members == Recovery(all).members && !again.wasTorn)
    }

    @Test func aBrokerMakesItAnewByItself() throws {
        let path = place()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let broker = try BrokerShell(
            bind: "tcp://127.0.0.1:*", machine: BrokerMachine(BrokerSettings()),
            journal: try Journal(path, patience: 0, growth: 1000), stop: try StopRequest(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, note: { _ in })
        for number in 1...100 { try broker.write(record(number), durable: true) }
        let content = try JournalContent(Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(content.records.count < 20)
        #expect(Recovery(content.records).members == Recovery((1...100).map(record)).members)
    }

    /// Who waited has the file that was there before; it must not go on from that one.
    @Test func aBrokerThatWaitedGoesOnFromTheNewFile() async throws {
        let path = place()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var first: Journal? = try Journal(path, patience: 0, growth: 1)
        try first?.write(record(1), durable: true)
        let result = Box()
        let thread = Thread {
            result.value = try? Journal(path, patience: 600).recovered.members.count
            result.isDone.signal()
        }
        thread.start()
        // It has the file open by now, or will find the new one at once: both must be right.
        try await Task.sleep(for: .milliseconds(200))
        #expect(try first?.compactIfLarge() != nil)
        try first?.write(record(2), durable: true)
        first = nil
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Thread {
                result.isDone.wait()
                continuation.resume()
            }.start()
        }
        #expect(result.value == 2)
    }
}

/// What a thread found.
// Sendable: read once the thread is done.
private final class Box: @unchecked Sendable {
    var value: Int?
    let isDone = DispatchSemaphore(value: 0)
}
