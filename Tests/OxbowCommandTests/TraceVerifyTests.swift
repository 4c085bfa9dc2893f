import Foundation
import OxbowProtocol
import OxbowReplay
import OxbowTrace
import OxbowWire
import Testing

@testable import oxbow

/// `oxbow trace verify` over the traces of real runs.
@Suite(.serialized) struct TraceVerifyTests {
    private let cache: TemporaryFolder
    private let data: SyntheticData
    private let out: TemporaryFolder

    init() throws {
        cache = try TemporaryFolder()
        data = try SyntheticData()
        out = try TemporaryFolder()
    }

    private var environment: [String: String] { ["XDG_CACHE_HOME": cache.path] }
    private var folder: String { out.path + "/run" }

    private func verify(_ more: [String] = [], _ path: String? = nil) throws -> Oxbow.Result {
        try Oxbow.run(["trace", "verify", path ?? folder] + more)
    }

    @Test func aRunIsEqualAndWhatIsNotIsSaid() throws {
        let run = try Oxbow.run(data.runArguments(out: folder), environment: environment)
        #expect(run.code == 0, "\(run.errors)")
        let equal = try verify(["--format", "json"])
        #expect(equal.code == 0, "\(equal.errors)")
        let report = try Oxbow.object(equal.output)
        let counts = try #require(report["counts"] as? [String: Any])
        #expect(report["is_equal"] as? Bool == true && counts["bodies"] as? Int == 2 * 2 * 2 * (2 * 6 + 1))
        #expect(counts["barriers"] as? Int == 2)
        let recorded = try Oxbow.object(String(contentsOfFile: folder + "/report.json", encoding: .utf8))["state_hash"] as? String
        #expect(report["state_hash"] as? String == recorded)
        #expect(try verify([], folder + "/run.oxtrace").output.contains("equal to the end: 104 bodies"))
        try checkImages()
        try checkOtherRecords()
        try checkDamage()
    }

    /// Names and numbers of the images agree; the images do not.
    private func checkImages() throws {
        let other = try SyntheticData()
        let file = other.file("bars/images-idx3-ubyte")
        var bytes = try Data(contentsOf: file)
        for index in 16..<bytes.count { bytes[index] ^= 1 }
        try bytes.write(to: file)
        let wrong = try verify(["--data", other.path])
        #expect(
            wrong.code == 3 && wrong.sentence.contains("is not what it trained on (other images or labels)"), "\(wrong.errors)")
        #expect(wrong.sentence.contains("--data") && wrong.sentence.contains("'small-1'"))
        let named = try verify(["--shard", "worker-1=bars:1/7"])
        #expect(named.code == 3 && named.sentence.contains("share 1 of 7 of 'bars'"), "\(named.errors)")
        #expect(try verify(["--shard", "worker-1=bars:8/7"]).code == 2)
    }

    /// A header that this process cannot follow is refused; words that nobody said are a difference.
    private func checkOtherRecords() throws {
        let other = try rewritten("other") { record in
            guard case .header(var header) = record.content else { return }
            header.oneDNN = "1.0.0"
            record.content = .header(header)
        }
        let refused = try verify(["--experiment", folder + "/experiment.yaml"], other)
        #expect(refused.code == 4 && refused.sentence.contains("and this is oneDNN"), "\(refused.errors)")
        let unknown = try rewritten("unknown") { record in
            guard case .header(var header) = record.content else { return }
            header.algorithms[0].algorithm = "fft"
            record.content = .header(header)
        }
        #expect(try verify([], unknown).sentence.contains("ran with the algorithm fft"))
        let elsewhere = try rewritten("elsewhere") { record in
            guard case .message(var message) = record.content, case .hello(var hello)? = try? message.control() else { return }
            hello.capabilities.instructionSet = "avx1024"
            let body = (try? ControlCodec.encode(.hello(hello))) ?? []
            (message.bodyLength, message.bodyHash, message.controlBody) = (UInt64(body.count), TraceHash(body).bytes, body)
            record.content = .message(message)
        }
        let lacking = try verify([], elsewhere)
        #expect(lacking.code == 4 && lacking.sentence.contains("avx1024"), "\(lacking.errors)")
        var number = 0
        var changed = 0
        let altered = try rewritten("altered") { record in
            defer { number += 1 }
            guard case .message(var message) = record.content, message.key?.round == 2, message.key?.exchange == .modelDeltas
            else { return }
            if changed == 0 { changed = number }
            message.bodyHash[15] ^= 1
            record.content = .message(message)
        }
        let found = try verify(["--experiment", folder + "/experiment.yaml", "--format", "json"], altered)
        #expect(found.code == 1 && found.sentence.contains("record \(changed), received at "), "\(found.errors)")
        let difference = try #require(try Oxbow.object(found.output)["difference"] as? [String: Any])
        #expect(try Oxbow.object(found.output)["state_hash"] is String)
        #expect(difference["record"] as? Int == changed && difference["what"] as? String == "exchange 7 up")
    }

    /// A copy with a chain of its own, as somebody who alters a trace would make it.
    private func rewritten(_ name: String, _ change: (inout TraceRecord) -> Void) throws -> String {
        let path = "\(out.path)/\(name).oxtrace"
        let writer = try TraceWriter(path)
        for entry in try TraceReader(folder + "/run.oxtrace") {
            var record = entry.record
            change(&record)
            try writer.write(record)
        }
        try writer.finish()
        return path
    }

    private func checkDamage() throws {
        let file = URL(fileURLWithPath: folder + "/run.oxtrace")
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: file)
        let damaged = try verify()
        #expect(damaged.code == 4 && damaged.sentence.contains("Unable to trust") && damaged.output.isEmpty, "\(damaged.errors)")
    }

    /// Of a machine that has less than this one; where oneDNN does not know the variable, of this one.
    @Test func aRunOfALowerInstructionSetIsComputedWithIt() throws {
        let run = try Oxbow.run(
            data.runArguments(out: folder) + ["--set", "rounds=1"],
            environment: environment.merging(["ONEDNN_MAX_CPU_ISA": "SSE41"]) { $1 })
        #expect(run.code == 0, "\(run.errors)")
        let verified = try verify()
        #expect(verified.code == 0, "\(verified.errors)")
    }

    /// Its broker dies and is started anew: what the second trace goes on from is in the first.
    @Test func aRunThatWasGoneOnWithIsVerifiedOverItsTraces() throws {
        let run = try Oxbow.start(data.runArguments(out: folder) + ["--set", "rounds=100000"], environment: environment)
        #expect(run.wait { _ in barriers >= 2 })
        kill(try #require(Oxbow.broker(ofRun: folder)), SIGKILL)
        #expect(run.wait { _ in FileManager.default.fileExists(atPath: folder + "/run-2.oxtrace") })
        let count = barriers + 3
        #expect(run.wait { _ in barriers >= count })
        run.signal(SIGINT)
        #expect(run.finish().code == 130, "\(run.errors)")
        let verified = try verify(["--format", "json"])
        #expect(verified.code == 0, "\(verified.errors)")
        let report = try Oxbow.object(verified.output)
        let traces = try #require(report["traces"] as? [[String: Any]])
        #expect(traces.count == 2 && traces[0]["stops_early"] != nil && traces[1]["stops_early"] == nil)
        try checkInterrupt()
        let alone = try verify(["--data", data.path], folder + "/run-2.oxtrace")
        #expect(alone.code == 4 && alone.sentence.contains("starts from barrier"), "\(alone.errors)")
    }

    /// While it waits for an experiment that nobody writes.
    private func checkInterrupt() throws {
        let pipe = out.path + "/experiment.yaml"
        #expect(mkfifo(pipe, 0o600) == 0)
        let verifying = try Oxbow.start(["trace", "verify", folder, "--experiment", pipe])
        #expect(verifying.wait { $0.handlesInterrupts })
        verifying.signal(SIGINT)
        let result = verifying.finish()
        #expect(result.code == 130 && result.output == "", "\(result)")
        #expect(result.sentence == "oxbow: Stopped: nothing of '\(folder)/run.oxtrace' was compared yet.")
        try checkWhatAnInterruptSays()
    }

    private func checkWhatAnInterruptSays() throws {
        let path = folder + "/run.oxtrace"
        let survey = try TraceSurvey(path)
        let progress = VerifyProgress(path)
        progress.expect([survey])
        progress.begin(survey)
        var counts = VerifiedCounts()
        counts.bodies = 88
        for entry in try TraceReader(path).prefix(20) { progress.show(entry, counts) }
        #expect(progress.interrupted.hasPrefix("Stopped at record 19 of '\(path)', after "))
        #expect(progress.interrupted.contains("equal up to there are 88 bodies"))
    }

    /// Whose run never came to a step.
    @Test func aTraceWithoutStepsIsNotCalledEqual() throws {
        let path = out.path + "/empty.oxtrace"
        let writer = try TraceWriter(path)
        try writer.write(TraceRecord(time_ns: 1, .header(TraceHeader(run: "mine"))))
        try writer.write(TraceRecord(time_ns: 2, .end(TraceEnd(outcome: "stopped", stateHash: ""))))
        try writer.finish()
        let result = try verify([], path)
        #expect(result.code == 4 && result.sentence.contains("nothing to compare") && result.output == "", "\(result)")
    }

    private var barriers: Int { Oxbow.barriers(ofRun: folder) }
}
