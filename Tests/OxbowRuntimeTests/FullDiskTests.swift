import Foundation
import OxbowFleet
import OxbowJournal
import OxbowProtocol
import OxbowTraining
import Testing

@testable import OxbowRuntime

/// Real full disks: a tmpfs of a few hundred KiB.
@Suite(.serialized) struct FullDiskTests {
    /// Mounted, and gone with the value; nil where mounting is not allowed.
    private final class SmallDisk {
        let path: String

        init?(kilobytes: Int) throws {
            path = FileManager.default.temporaryDirectory.path + "/oxbow-disk-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            guard try Self.run("mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "oxbow-test", path) else {
                try FileManager.default.removeItem(atPath: path)
                print("SKIPPED: this machine does not let us mount a tmpfs; a full disk was not tried")
                return nil
            }
        }

        deinit {
            _ = try? Self.run("umount", "-l", path)
            try? FileManager.default.removeItem(atPath: path)
        }

        private static func run(_ arguments: String...) throws -> Bool {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = arguments
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            return process.terminationStatus == 0
        }

        /// Leaves so many bytes of room at most, fewer than a page.
        func fill(sparing bytes: Int = 0) throws {
            let file = open(path + "/filler", O_WRONLY | O_CREAT | O_APPEND, 0o600)
            defer { close(file) }
            let block = [UInt8](repeating: 0, count: 4096)
            for size in [4096, 1] { while write(file, block, size) == size {} }
        }

        func free() throws { try FileManager.default.removeItem(atPath: path + "/filler") }

        var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
    }

    private func record(_ number: Int) -> JournalRecord {
        .lost(.edge(UInt32(number)), reason: String(repeating: "x", count: 200))
    }

    @Test func aJournalGoesOnOnceThereIsRoom() throws {
        guard let disk = try SmallDisk(kilobytes: 64) else { return }
        let path = disk.path + "/journal.jsonl"
        let journal = try Journal(path, patience: 0)
        try journal.write(record(0), durable: true)
        try disk.fill()
        var (count, failure) = (1, DiskFailure?.none)
        while failure == nil, count < 100 {
            try journal.add(record(count))
            count += 1
            do { try journal.settle(durable: count.isMultiple(of: 3)) } catch { failure = error }
        }
        #expect(failure?.number == ENOSPC && failure?.mayPass == true)
        #expect(throws: DiskFailure(number: ENOSPC)) { try journal.settle(durable: true) }
        // Whoever reads it now finds whole lines.
        let content = try Data(contentsOf: URL(fileURLWithPath: path))
        let before = try JournalContent(content)
        #expect(before.wholeBytes == content.count && before.records == (0..<count - 1).map(record))
        try disk.free()
        try journal.settle(durable: true)
        try journal.write(record(count), durable: true)
        let after = try JournalContent(Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(after.records == (0...count).map(record))
        #expect(throws: RuntimeError.self, "one broker at a time") { try Journal(path, patience: 0) }
    }

    /// A second file has no room: the first one stays, and is gone on with.
    @Test func aJournalThatCannotBeMadeAnewGrowsOn() throws {
        guard let disk = try SmallDisk(kilobytes: 64) else { return }
        let path = disk.path + "/journal.jsonl"
        let journal = try Journal(path, patience: 0, growth: 300)
        func enrolled(_ number: Int) -> JournalRecord {
            .enrolled(.edge(UInt32(number)), workerID: "w\(number)", tier: "small", sessionEpoch: 1)
        }
        for number in 0..<8 { try journal.write(enrolled(number), durable: true) }
        try disk.fill()
        #expect(throws: DiskFailure(number: ENOSPC)) { try journal.compactIfLarge() }
        #expect(try journal.compactIfLarge() == nil, "not again at once")
        try disk.free()
        try journal.write(enrolled(8), durable: true)
        #expect(try journal.compactIfLarge() == nil, "nor with the next record")
        for number in 9..<16 { try journal.write(enrolled(number), durable: true) }
        #expect(try journal.compactIfLarge() != nil)
        try journal.write(enrolled(16), durable: true)
        #expect(try JournalContent(Data(contentsOf: URL(fileURLWithPath: path))).records.count == 18, "the term, and 17 members")
    }

    @Test func aLogHasWholeLinesAndSaysWhatIsMissing() throws {
        guard let disk = try SmallDisk(kilobytes: 64) else { return }
        let log = try LineFile(disk.path + "/log")
        let line = Data(repeating: UInt8(ascii: "a"), count: 99)
        var written = 1
        log.add(line)
        try disk.fill()
        while log.add(line) { written += 1 }
        #expect(!log.add(line) && log.lostLines == 2)
        // Whoever reads it now finds whole lines: a page has room for 40 and a part of the next.
        #expect(written == 40)
        #expect(try Data(contentsOf: URL(fileURLWithPath: disk.path + "/log")).count == 100 * written)
        try disk.free()
        #expect(log.add(line) && log.lostLines == 0)
        let lines = try String(contentsOfFile: disk.path + "/log", encoding: .utf8).split(separator: "\n")
        #expect(lines.count == written + 2 && lines[written] == "{\"lost_lines\":2}")
        #expect(lines.filter { $0.utf8.count != 99 }.count == 1)
    }

    @Test func aLineThatWasCutShortIsEnded() throws {
        let path = FileManager.default.temporaryDirectory.path + "/oxbow-log-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("whole\nhal".utf8).write(to: URL(fileURLWithPath: path))
        try LineFile(path).add(Data("next".utf8))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "whole\nhal\nnext\n")
    }

    @Test func artifactsThatHadNoRoomComeLater() throws {
        guard let disk = try SmallDisk(kilobytes: 256) else { return }
        let artifacts = RunArtifacts(folder: disk.path)
        func generator(_ round: UInt32, _ cluster: Int) -> ArtifactKey {
            ArtifactKey(round: round, name: "generator-\(cluster).safetensors")
        }
        func text(_ cluster: Int) -> String? {
            try? String(contentsOfFile: "\(disk.path)/generator-\(cluster).safetensors", encoding: .utf8)
        }
        for cluster in 0...1 { try artifacts.store(generator(1, cluster), Data("one".utf8)) }
        artifacts.publish(1)
        try artifacts.store(generator(2, 0), Data("two".utf8))
        try disk.fill()
        #expect(throws: RuntimeError.self) { try artifacts.store(generator(2, 1), Data(repeating: 50, count: 10_000)) }
        artifacts.publish(2)
        #expect(text(0) == "one" && text(1) == "one", "generators of two rounds do not belong together")
        #expect(artifacts.missing == [generator(2, 1)] && !artifacts.storeMissing())
        try disk.free()
        #expect(artifacts.storeMissing() && artifacts.missing.isEmpty)
        #expect(text(0) == "two" && text(1)?.utf8.count == 10_000)
        let all = FileManager.default.enumerator(atPath: disk.path)?.compactMap { $0 as? String } ?? []
        #expect(!all.contains { $0.contains("tmp") || $0.contains("nosync") }, "\(all)")
    }

    @Test func aStateThatHasNoRoomLeavesNothingBehindAndFreesWhatNobodyNeeds() throws {
        guard let disk = try SmallDisk(kilobytes: 256) else { return }
        var told: [String] = []
        let store = try FolderStateStore(disk.path) { told.append($0) }
        let state = NamedTensors([NamedTensor(name: "a", shape: [8192], values: [Float](repeating: 1, count: 8192))])
        for round in UInt32(1)...3 { try store.save(state, run: 1, round: round) }
        try disk.fill()
        // The first of three is not one of the last two: its room is enough for the fourth.
        try store.save(state, run: 1, round: 4)
        #expect(told.count == 1 && told[0].contains("1 files"), "\(told)")
        #expect(store.saved.barriers == [2, 3, 4])
        store.drop(before: 3, run: 1)
        try disk.free()
        try disk.fill()
        // Now both are needed.
        #expect(throws: (any Error).self) { try store.save(state, run: 1, round: 5) }
        #expect(store.saved.barriers == [3, 4] && disk.files.allSatisfy { !$0.hasSuffix(".tmp") }, "\(disk.files)")
        try disk.free()
        try store.save(state, run: 1, round: 5)
        #expect(store.saved.barriers == [3, 4, 5])
    }
}
