import Foundation
import OxbowProtocol
import Testing

@testable import OxbowRuntime

/// A broker's runs on its disk.
@Suite final class RunStoreTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/oxbow-runs-\(UUID().uuidString)"
    private let store: RunStore

    init() throws { store = try RunStore(folder, retain: 3) }
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    @discardableResult
    private func create(_ name: String = "", at time: Double = 1000) throws -> String {
        try store.create(
            Submission(name: name, experiment: ""), experiment: "rounds: 1\n", rounds: 5, at: Date(timeIntervalSince1970: time))
    }

    private func end(_ run: String, at time: Double) throws {
        var entry = try #require(store.entry(run))
        (entry.summary.ended, entry.summary.state) = (time, .finished)
        try store.write(entry)
    }

    @Test func namesAreKeptOrMadeAndUnique() throws {
        #expect(try [create("base"), create("base"), create("base")] == ["base", "base-2", "base-3"])
        let made = try create(at: 0)
        #expect(made.hasPrefix("19700101-000000-") && made.count == 20)
        let long = String(repeating: "n", count: 64)
        #expect(try create(long) == long)
        #expect(try create(long).utf8.count == 64)
        for name in ["..", ".x", "a/b", "", "-x", "ä", String(repeating: "n", count: 65), "a\0"] {
            #expect(!RunName.isValid(name))
        }
        #expect(throws: OperatorRefusal.self) { try create("../up") }
    }

    @Test func runsAreListedBySubmissionAndPruned() throws {
        for number in 0..<6 { try create("r\(number)", at: Double(100 - number)) }
        #expect(store.entries.map(\.summary.id) == ["r5", "r4", "r3", "r2", "r1", "r0"])
        for number in 0..<5 { try end("r\(number)", at: Double(number)) }
        store.prune()
        #expect(Set(store.entries.map(\.summary.id)) == ["r2", "r3", "r4", "r5"], "the queued one and the last three")
    }

    @Test func tracesOfTheLastRunsThatEndedAreKept() throws {
        let store = try RunStore(folder, retain: 3, retainTraces: 1)
        for number in 0..<5 {
            try create("r\(number)")
            for name in ["run.oxtrace", "run-2.oxtrace", "report.json"] {
                try Data([1]).write(to: URL(fileURLWithPath: store.folder("r\(number)") + "/" + name))
            }
        }
        for number in 0..<4 { try end("r\(number)", at: Double(number)) }
        let removed = store.prune()
        #expect(removed.runs == ["r0"] && removed.traces == ["r1", "r2"])
        func files(_ run: String) throws -> [String] {
            try store.files(of: run).map(\.path).filter { $0.hasSuffix(".oxtrace") || $0 == "report.json" }
        }
        for run in ["r1", "r2"] { #expect(try files(run) == ["report.json"]) }
        for run in ["r3", "r4"] { #expect(try files(run) == ["report.json", "run-2.oxtrace", "run.oxtrace"], "r4 goes on") }
        let again = store.prune()
        #expect(again.runs.isEmpty && again.traces.isEmpty, "it is said once")
    }

    @Test func aRunThatABrokerLeftHasEnded() throws {
        try create("left")
        let again = try RunStore(folder, retain: 3)
        let entry = try #require(again.entry("left"))
        #expect(entry.summary.state == .stopped && entry.summary.outcome?.isEmpty == false)
    }

    @Test func filesAreThoseOfTheRunOnly() throws {
        let run = try create("base")
        let path = store.folder(run)
        for name in ["samples", "artifacts"] {
            try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
        }
        for name in ["report.json", ".hidden", "samples/a.png", "artifacts/x.bin", "samples/.part"] {
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path + "/" + name))
        }
        symlink("/etc/passwd", path + "/link")
        mkfifo(path + "/pipe", 0o600)
        #expect(try store.files(of: run).map(\.path) == ["experiment.yaml", "report.json", "run.json", "samples/a.png"])
        let part = try store.read("samples/a.png", of: run, offset: 1, most: 100)
        #expect(part.bytes == [2, 3] && part.totalBytes == 3)
        #expect(try store.read("report.json", of: run, offset: 9, most: 100).bytes == [])
        #expect(try store.read("report.json", of: run, offset: .max, most: 100).bytes == [])
        for name in [
            "../base/report.json", "link", "pipe", ".hidden", "artifacts/x.bin", "samples", "samples/../report.json", "none", "",
        ] {
            let error = #expect(throws: OperatorRefusal.self, "\(name)") { try store.read(name, of: run, offset: 0, most: 9) }
            #expect(error?.code == .unknownFile)
        }
        let error = #expect(throws: OperatorRefusal.self) { try store.files(of: "..") }
        #expect(error?.code == .unknownRun)
    }

    @Test func aReplacedFileHasAnotherVersionAndALogKeepsItsOwn() throws {
        let run = try create("base")
        let file = URL(fileURLWithPath: store.folder(run) + "/report.json")
        try Data([1]).write(to: file, options: .atomic)
        let first = try store.read("report.json", of: run, offset: 0, most: 9).version
        try Data([2]).write(to: file, options: .atomic)
        #expect(try store.read("report.json", of: run, offset: 0, most: 9).version != first)
        #expect(try store.log(of: run, offset: 0, most: 9).totalBytes == 0, "no log yet")
        let log = try RunLogFile(store.log(run))
        log.add(Data("{}".utf8), isSparse: true)
        let before = try store.log(of: run, offset: 0, most: 99)
        log.add(Data("{\"a\":1}".utf8), isSparse: true)
        let after = try store.log(of: run, offset: before.totalBytes, most: 99)
        #expect(before.version == after.version && String(decoding: after.bytes, as: UTF8.self) == "{\"a\":1}\n")
    }

    /// So that it can be fetched while its run goes on.
    @Test func aTraceThatGrowsKeepsItsVersion() throws {
        let run = try create("base")
        let file = URL(fileURLWithPath: store.folder(run) + "/run.oxtrace")
        try Data([1]).write(to: file)
        let before = try store.read("run.oxtrace", of: run, offset: 0, most: 9)
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data([2]))
        try handle.close()
        let after = try store.read("run.oxtrace", of: run, offset: 0, most: 9)
        #expect(before.version == after.version && before.bytes == [1] && after.bytes == [1, 2])
    }

    @Test func aLogThatIsFullTakesWhatMattersMost() throws {
        let path = folder + "/log.jsonl"
        let log = try RunLogFile(path, limit: 4000)
        for _ in 0..<1000 { log.add(Data("{\"step\":1}".utf8), isSparse: false) }
        log.add(Data("{\"end\":1}".utf8), isSparse: true)
        for _ in 0..<1000 { log.add(Data("{\"barrier\":1}".utf8), isSparse: true) }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.utf8.count < 5000 && text.contains("left out") && text.contains("{\"end\":1}\n"))
    }
}

@Suite final class RunArtifactTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/oxbow-artifacts-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func text(_ path: String) -> String? { try? String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8) }

    private func store(_ artifacts: RunArtifacts, round: UInt32, clusters: Int) throws {
        for cluster in 0..<clusters {
            try artifacts.store(
                ArtifactKey(round: round, name: "generator-\(cluster).safetensors"), Data("g\(cluster) r\(round)".utf8))
            try artifacts.store(
                ArtifactKey(round: round, name: String(format: "cluster-%d-round-%03d.png", cluster, round)), Data([UInt8(round)])
            )
        }
    }

    @Test func aBarriersFilesBecomeTheRunsWhenItIsCommitted() throws {
        let artifacts = RunArtifacts(folder: folder)
        try store(artifacts, round: 1, clusters: 3)
        #expect(text("generator-0.safetensors") == nil, "not committed yet")
        artifacts.publish(1)
        #expect(text("generator-2.safetensors") == "g2 r1")
        try store(artifacts, round: 2, clusters: 2)
        artifacts.publish(2)
        #expect(text("generator-1.safetensors") == "g1 r2" && text("generator-2.safetensors") == nil)
        #expect(artifacts.pictures.map(\.round) == [1, 1, 1, 2, 2])
        for round in 3...6 as ClosedRange<UInt32> {
            try store(artifacts, round: round, clusters: 1)
            artifacts.publish(round)
        }
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder + "/artifacts").sorted()
        #expect(kept == ["00005", "00006"])
        let all = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix(".") }
        #expect(all == [], "nothing half is left")
    }

    @Test func namesSizesAndNumbersAreBounded() throws {
        var limits = RunArtifacts.Limits()
        (limits.fileBytes, limits.files, limits.roundBytes) = (10, 3, 25)
        let artifacts = RunArtifacts(folder: folder, limits: limits)
        for name in ["../x", ".x", "a/b", "", "x\0"] {
            #expect(throws: RuntimeError.self) { try artifacts.store(ArtifactKey(round: 1, name: name), Data()) }
        }
        #expect(throws: RuntimeError.self) { try artifacts.store(ArtifactKey(round: 1, name: "x"), Data(count: 11)) }
        try artifacts.store(ArtifactKey(round: 1, name: "a"), Data(count: 10))
        try artifacts.store(ArtifactKey(round: 1, name: "b"), Data(count: 10))
        #expect(throws: RuntimeError.self) { try artifacts.store(ArtifactKey(round: 1, name: "c"), Data(count: 6)) }
        try artifacts.store(ArtifactKey(round: 1, name: "c"), Data(count: 5))
        #expect(throws: RuntimeError.self) { try artifacts.store(ArtifactKey(round: 1, name: "d"), Data()) }
        // Rounds without a barrier do not pile up.
        for round in 2...50 as ClosedRange<UInt32> { try artifacts.store(ArtifactKey(round: round, name: "a"), Data(count: 1)) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/artifacts").count <= 3)
    }

    @Test func ofTooManyPicturesEverySecondRoundStays() throws {
        var limits = RunArtifacts.Limits()
        limits.pictures = 10
        let artifacts = RunArtifacts(folder: folder, limits: limits)
        for round in 1...40 as ClosedRange<UInt32> {
            try store(artifacts, round: round, clusters: 1)
            artifacts.publish(round)
            #expect(artifacts.pictures.count <= 11 && artifacts.pictures.last?.round == Int(round))
        }
        #expect(artifacts.pictures.first?.round == 1)
    }
}
