import Foundation
import OxbowProtocol
import OxbowTrace
import OxbowWire
import Testing

/// The trace of a real run, and the commands that read it.
@Suite(.serialized) struct TraceTests {
    private let cache: TemporaryFolder
    private let data: SyntheticData
    private let out: TemporaryFolder

    init() throws {
        cache = try TemporaryFolder()
        data = try SyntheticData()
        out = try TemporaryFolder()
    }

    private func run(_ more: [String] = []) throws -> String {
        let folder = out.path + "/run"
        let result = try Oxbow.run(data.runArguments(out: folder) + more, environment: ["XDG_CACHE_HOME": cache.path])
        #expect(result.code == 0, "\(result.errors)")
        return folder
    }

    @Test func aRunIsRecordedToTheLastMessage() throws {
        let folder = try run()
        let reader = try TraceReader(folder + "/run.oxtrace")
        let records = reader.map(\.record)
        #expect(reader.ending == .complete)
        #expect(reader.header.seed == 1 && reader.header.experiment.contains("steps_per_round: 2"))
        #expect(!reader.header.experiment.contains(data.path), "data folders are not told")
        #expect(!reader.header.algorithms.isEmpty && !reader.header.oneDNN.isEmpty)
        let report = try Oxbow.object(String(contentsOfFile: folder + "/report.json", encoding: .utf8))
        guard case .end(let end)? = records.last?.content else {
            Issue.record("no end record")
            return
        }
        #expect(end.outcome == "finished" && end.stateHash == report["state_hash"] as? String)
        try checkBulk(records, end, report)
    }

    /// Each bulk message once in and once out, with one hash; bytes as in the report.
    private func checkBulk(_ records: [TraceRecord], _ end: TraceEnd, _ report: [String: Any]) throws {
        let bulk = records.compactMap(\.message).filter { $0.key != nil }
        let received = bulk.filter { $0.direction == .received }
        let sent = bulk.filter { $0.direction == .sent }
        #expect(Set(received.map(\.key)).count == received.count && Set(sent.map(\.key)).count == sent.count)
        #expect(
            Dictionary(grouping: received, by: \.key).mapValues { $0[0].bodyHash }
                == Dictionary(grouping: sent, by: \.key).mapValues { $0[0].bodyHash })
        // Two workers, two rounds of two steps: six exchanges a step and one a barrier, up and down.
        #expect(received.count == 2 * 2 * 2 * (2 * 6 + 1) && end.received == UInt64(received.count) && end.refused == 0)
        let rounds = try #require(report["rounds"] as? [[String: Any]])
        for round in rounds {
            let bytes = try #require(round["bytes"] as? [String: Any])
            for (way, direction) in [("up", Direction.up), ("down", .down)] {
                let sum = received.filter {
                    $0.key?.round == (round["round"] as? Int).map(UInt32.init) && $0.key?.direction == direction
                }
                .reduce(0) { $0 + $1.bodyLength }
                #expect(bytes[way] as? Int == Int(sum))
            }
        }
    }

    @Test func statisticsCloseAndExportsKeepTheirForms() throws {
        let folder = try run(["--trace", "full", "--set", "steps_per_round=5"])
        let stats = try Oxbow.run(["trace", "stats", folder, "--format", "json"])
        #expect(stats.code == 0, "\(stats.errors)")
        let values = try Oxbow.object(stats.output)
        #expect(abs((values["closure"] as? Double ?? 0) - 1) < 0.01)
        let rounds = try #require(values["rounds"] as? [[String: Any]])
        #expect(rounds.count { $0["is_committed"] as? Bool == true } == 2)
        for round in rounds {
            let parts = (round["parts"] as? [String: Double])?.values.reduce(0, +) ?? 0
            #expect(abs(parts - (round["seconds"] as? Double ?? 0)) < 0.001)
        }
        let text = try Oxbow.run(["trace", "stats", folder + "/run.oxtrace"])
        #expect(text.output.contains("all waited for") && text.output.contains("compute core"))
        for form in ["perfetto", "csv"] {
            let export = try Oxbow.run(["trace", "export", folder, "--to", form, "--out", "\(out.path)/\(form)"])
            #expect(export.code == 0, "\(export.errors)")
        }
        let events = try Oxbow.object(out.text("perfetto"))["traceEvents"] as? [[String: Any]] ?? []
        #expect(Set(events.compactMap { $0["ph"] as? String }) == ["M", "X", "s", "f", "C", "i"])
        #expect(out.text("csv").split(separator: "\n").count > 100)
        try checkWhatExportsReplace(folder)
        try checkInterruptedExport(folder)
        let show = try Oxbow.run(
            ["trace", "show", folder, "--worker", "worker-1", "--round", "2", "--exchange", "3", "--format", "json"])
        let lines = show.output.split(separator: "\n")
        #expect(lines.count == 4 * 5)
        for line in lines { #expect(try Oxbow.object(String(line))["exchange"] as? Int == 3) }
        try checkBodies(folder)
        try checkFilters(folder)
        try checkNotes(folder)
    }

    /// What is asked for is there, or it is said that it is not.
    private func checkFilters(_ folder: String) throws {
        func show(_ options: String...) throws -> Oxbow.Result { try Oxbow.run(["trace", "show", folder] + options) }
        let unknown = try show("--worker", "nobody")
        #expect(
            unknown.code == 2 && unknown.sentence.contains("It has worker-0 (small-1), worker-1 (large-1), core-0 (core)."),
            "\(unknown)")
        let (byName, bySlot) = (try show("--worker", "small-1"), try show("--worker", "worker-0"))
        #expect(byName.code == 0 && byName.output == bySlot.output && !byName.output.isEmpty)
        let nothing = try show("--round", "99")
        #expect(nothing.code == 0 && nothing.output == "" && nothing.sentence.contains("matches"), "\(nothing)")
        for options in [["--from", "nan"], ["--to", "inf"], ["--from", "-1"], ["--from", "2", "--to", "1"]] {
            let result = try Oxbow.run(["trace", "show", folder] + options)
            #expect(result.code == 2 && result.errors.contains("Unable to") && result.output == "", "\(options) \(result)")
        }
    }

    /// Decisions and notes are sentences with a kind.
    private func checkNotes(_ folder: String) throws {
        let show = try Oxbow.run(["trace", "show", folder, "--format", "json"])
        let lines = try show.output.split(separator: "\n").map { try Oxbow.object(String($0)) }
        let told = lines.filter { ["note", "decision"].contains($0["type"] as? String) }
        #expect(told.allSatisfy { $0["kind"] is String && ($0["text"] as? String)?.contains("{") == false })
        let barriers = told.filter { $0["kind"] as? String == "barrier" && $0["type"] as? String == "note" }
        #expect(barriers.compactMap { $0["text"] as? String } == (1...2).map { "round \($0) committed by 3 members" })
    }

    /// It ends with a sentence while nobody reads what it writes.
    private func checkInterruptedExport(_ folder: String) throws {
        let pipe = out.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        let exporting = try Oxbow.start(["trace", "export", folder, "--to", "csv", "--out", pipe])
        #expect(exporting.wait { $0.handlesInterrupts })
        exporting.signal(SIGINT)
        let result = exporting.finish()
        #expect(result.code == 130 && result.sentence == "oxbow: Stopped: '\(pipe)' has only a part of the trace.", "\(result)")
    }

    /// Never the trace itself, and nothing before the new file is whole.
    private func checkWhatExportsReplace(_ folder: String) throws {
        let path = folder + "/run.oxtrace"
        let itself = try Oxbow.run(["trace", "export", folder, "--to", "csv", "--out", path])
        #expect(itself.code == 2 && itself.errors.contains("it is the trace itself"), "\(itself)")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count - 1] ^= 1
        let damaged = out.path + "/damaged.oxtrace"
        try bytes.write(to: URL(fileURLWithPath: damaged))
        let before = out.text("perfetto")
        let refused = try Oxbow.run(["trace", "export", damaged, "--to", "perfetto", "--out", out.path + "/perfetto"])
        #expect(refused.code == 4 && out.text("perfetto") == before, "\(refused)")
        #expect(!FileManager.default.fileExists(atPath: out.path + "/perfetto.partial"))
    }

    private func checkBodies(_ folder: String) throws {
        let reader = try TraceReader(folder + "/run.oxtrace")
        for entry in reader {
            guard let message = entry.record.message, message.key != nil, message.direction == .received else { continue }
            let body = try #require(try reader.body(of: entry))
            #expect(TraceHash(body).bytes == message.bodyHash)
        }
    }

    /// A broker that dies and is started anew, then a run that is interrupted and resumed: three traces.
    @Test func whoGoesOnKeepsTheEarlierTraces() throws {
        let folder = out.path + "/run"
        let environment = ["XDG_CACHE_HOME": cache.path]
        let first = try Oxbow.start(data.runArguments(out: folder) + ["--set", "rounds=100000"], environment: environment)
        #expect(first.wait { _ in barriers >= 2 })
        kill(try #require(Oxbow.broker(ofRun: folder)), SIGKILL)
        #expect(first.wait { _ in FileManager.default.fileExists(atPath: folder + "/run-2.oxtrace") })
        let torn = try Data(contentsOf: URL(fileURLWithPath: folder + "/run.oxtrace"))
        try interrupt(first, after: barriers + 3)
        try interrupt(try Oxbow.start(["run", "--resume", folder], environment: environment), after: barriers + 3)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/run.oxtrace")) == torn)
        let ends = try ["run-2", "run-3"].map { try end(ofRecovered: "\(folder)/\($0).oxtrace") }
        let report = try Oxbow.object(String(contentsOfFile: folder + "/report.json", encoding: .utf8))
        #expect(ends[1].stateHash == report["state_hash"] as? String && ends[0].stateHash != ends[1].stateHash)
        #expect(!FileManager.default.fileExists(atPath: folder + "/run-4.oxtrace"))
        try checkWhatIsRead(folder)
    }

    /// Of several traces the first, whose broker was killed.
    private func checkWhatIsRead(_ folder: String) throws {
        let stats = try Oxbow.run(["trace", "stats", folder, "--format", "json"])
        #expect(
            stats.code == 0
                && stats.errors.contains("the first of 3 traces of this run; the others: run-2.oxtrace, run-3.oxtrace"))
        let rounds = try #require(try Oxbow.object(stats.output)["rounds"] as? [[String: Any]])
        #expect(rounds.first?["round"] as? Int == 1)
        let one = try Oxbow.run(["trace", "stats", folder + "/run-3.oxtrace", "--format", "json"])
        #expect(one.code == 0 && !one.errors.contains("traces of this run"), "\(one.errors)")
        let export = try Oxbow.run(["trace", "export", folder + "/run.oxtrace", "--to", "perfetto", "--out", out.path + "/early"])
        #expect(export.code == 0 && export.sentence.hasPrefix("oxbow: the trace "), "\(export)")
    }

    private var barriers: Int { Oxbow.barriers(ofRun: out.path + "/run") }

    private func interrupt(_ run: Oxbow.Running, after count: Int) throws {
        #expect(run.wait { _ in barriers >= count })
        run.signal(SIGINT)
        let result = run.finish()
        #expect(result.code == 130, "\(result.errors)")
    }

    /// Who came back is greeted in it, and it has barriers and an end of its own.
    private func end(ofRecovered path: String) throws -> TraceEnd {
        let reader = try TraceReader(path)
        let records = reader.map(\.record)
        #expect(reader.ending == .complete)
        let received = records.compactMap(\.message).filter { $0.direction == .received }
        #expect(received.count { $0.kind == "hello" } >= 3 && received.contains { $0.key != nil })
        #expect(records.contains { if case .barrier? = $0.decision { true } else { false } })
        let stats = try Oxbow.run(["trace", "stats", path, "--format", "json"])
        #expect(abs((try Oxbow.object(stats.output)["closure"] as? Double ?? 0) - 1) < 0.01)
        guard case .end(let end)? = records.last?.content else { throw CocoaError(.fileReadCorruptFile) }
        #expect(end.outcome.hasPrefix("stopped: "))
        return end
    }

    @Test func offLeavesNoTraceAndChangedOrOtherFilesAreRefused() throws {
        let folder = try run(["--trace", "off"])
        #expect(!FileManager.default.fileExists(atPath: folder + "/run.oxtrace"))
        let missing = try Oxbow.run(["trace", "stats", folder])
        #expect(missing.code == 4 && missing.errors.contains("Unable to read"))
        let writer = try TraceWriter(out.path + "/changed")
        try writer.write(TraceRecord(time_ns: 1, .header(TraceHeader(run: "mine"))))
        try writer.write(TraceRecord(time_ns: 2, .note("{}")))
        try writer.finish()
        let torn = try Oxbow.run(["trace", "show", out.path + "/changed"])
        #expect(torn.code == 0 && torn.errors.contains("no end"))
        var bytes = try Data(contentsOf: URL(fileURLWithPath: out.path + "/changed"))
        bytes[bytes.count - 20] ^= 1
        try bytes.write(to: URL(fileURLWithPath: out.path + "/changed"))
        for command in [["show"], ["stats"], ["export", "--to", "csv", "--out", out.path + "/x"]] {
            let result = try Oxbow.run(["trace", command[0], out.path + "/changed"] + command.dropFirst())
            #expect(result.code == 4 && result.errors.contains("record 1, at byte"), "\(command): \(result.errors)")
        }
        #expect(try Oxbow.run(["trace", "show", folder, "--exchange", "9"]).code == 2)
    }
}
