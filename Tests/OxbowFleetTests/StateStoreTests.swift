import Foundation
import OxbowTraining
import Testing

@testable import OxbowFleet

/// A member's states on its disk, over many runs.
@Suite final class StateStoreTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/oxbow-states-\(UUID().uuidString)"
    private let state = NamedTensors([NamedTensor(name: "t", shape: [2], values: [1, 2])])

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() }

    /// Files are told apart by when they were written, which a clock that is coarse must not blur.
    private func save(_ store: FolderStateStore, run: UInt64, round: UInt32) throws {
        try store.save(state, run: run, round: round)
        let time = Date(timeIntervalSince1970: 1_000_000 + Double(run) * 100 + Double(round))
        let path = "\(folder)/barrier-\(run)-\(round).safetensors"
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path)
    }

    @Test func statesOfEarlierRunsGo() throws {
        var removed: [Int] = []
        let store = try FolderStateStore(folder, retain: 1, removed: { removed.append($0) })
        for run in 1...3 as ClosedRange<UInt64> {
            for round in 1...3 as ClosedRange<UInt32> {
                try save(store, run: run, round: round)
                if round > 1 { store.drop(before: round - 1, run: run) }
            }
        }
        #expect(
            files == [2, 3].flatMap { run in [2, 3].map { "barrier-\(run)-\($0).safetensors" } },
            "the last run's, and the one before")
        #expect(removed == [2], "when the third run had a state, those of the first")
        #expect(store.saved.run == 3 && store.saved.barriers == [2, 3])
    }

    @Test func noneOrSeveralMayBeKept() throws {
        let several = try FolderStateStore(folder, retain: 2)
        for run in 1...3 as ClosedRange<UInt64> { try save(several, run: run, round: 1) }
        #expect(files.count == 3)
        try save(try FolderStateStore(folder, retain: 0), run: 4, round: 1)
        #expect(files == ["barrier-4-1.safetensors"])
    }
}
