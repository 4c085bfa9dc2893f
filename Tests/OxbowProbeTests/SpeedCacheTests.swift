import Foundation
import OxbowScheduling
import Testing

@testable import OxbowProbe

@Suite struct SpeedCacheTests {
    private let cache = SpeedCache(NSTemporaryDirectory() + "oxbow-speeds-\(UUID().uuidString)")
    private let speeds = [KernelSpeed(width: 1, gflops: 40, outerGflops: 5)]

    private func key(_ subject: SpeedProbe.Subject = .edge, release: String = "1.0") -> SpeedKey {
        SpeedKey(
            host: "h", processor: "p", cores: 4, kernels: "k", release: release, subject: subject, batch: 64)
    }

    private func removeFolder() { try? FileManager.default.removeItem(atPath: cache.folder) }

    @Test func aMachineIsMeasuredOnce() throws {
        defer { removeFolder() }
        #expect(try cache.speeds(for: key()) { speeds } == speeds)
        #expect(try cache.speeds(for: key()) { fatalError("measured twice") } == speeds)
    }

    @Test func anotherTaskOrReleaseIsMeasuredAnew() throws {
        defer { removeFolder() }
        let others = [KernelSpeed(width: 1, gflops: 80, outerGflops: 80)]
        _ = try cache.speeds(for: key()) { speeds }
        #expect(try cache.speeds(for: key(.core(lanes: 2))) { others } == others)
        #expect(try cache.speeds(for: key()) { others } == speeds)
        #expect(try cache.speeds(for: key(release: "1.1")) { others } == others)
    }

    @Test(arguments: ["", "[{\"key\":", "{\"other\": 3}", "[]"]) func aTornOrForeignFileIsReplaced(_ text: String) throws {
        defer { removeFolder() }
        try FileManager.default.createDirectory(atPath: cache.folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: cache.path))
        #expect(try cache.speeds(for: key()) { speeds } == speeds)
        #expect(try cache.speeds(for: key()) { fatalError("measured twice") } == speeds)
    }

    @Test func whatIsNoSpeedIsNotKept() throws {
        defer { removeFolder() }
        let broken = [KernelSpeed(width: 1, gflops: .infinity, outerGflops: 1)]
        _ = try cache.speeds(for: key()) { broken }
        #expect(try cache.speeds(for: key()) { speeds } == speeds)
    }

    @Test func aFolderThatCannotBeWrittenIsDoneWithout() throws {
        var notes: [String] = []
        let nowhere = SpeedCache("/dev/null/oxbow")
        #expect(try nowhere.speeds(for: key(), note: { notes.append($0) }, measure: { speeds }) == speeds)
        #expect(notes.count == 1 && notes[0].hasPrefix("Unable to lock '/dev/null/oxbow'"))
    }

    /// Several at once: one measures, and while it does nobody else begins.
    @Test func oneMeasuresAndTheOthersWait() throws {
        defer { removeFolder() }
        let count = Counter()
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            let found = try? cache.speeds(for: key()) {
                count.add()
                return speeds
            }
            #expect(found == speeds)
        }
        #expect(count.value == 1)
    }

    @Test func theFolderFollowsTheEnvironment() {
        #expect(SpeedCache.defaultFolder(["XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/oxbow")
        #expect(SpeedCache.defaultFolder(["HOME": "/h"]) == "/h/.cache/oxbow")
    }
}

// Sendable: the number is behind the lock.
private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0
    var value: Int { lock.withLock { count } }
    func add() { lock.withLock { count += 1 } }
}
