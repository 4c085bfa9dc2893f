import Foundation
import OxbowData
import Testing

@testable import oxbow

/// Workers that share a folder of states: who gets which slot, and which images go with it.
@Suite struct StatePoolTests {
    private let folder: TemporaryFolder
    private var pool: StatePool { StatePool(folder: folder.path + "/pool") }

    init() throws { folder = try TemporaryFolder() }

    @Test func theLowestFreeSlotOfATierIsTaken() throws {
        let held = try ["small", "large", "small"].map { try pool.take(tier: $0, domain: nil) }
        #expect(held.map(\.number) == [0, 1, 2] && held[2].path.hasSuffix("/slot-0002"))
        held[0].release()
        held[1].release()
        // Numbers are unique over tiers: what a large one left is not for a small one.
        let first = try pool.take(tier: "small", domain: nil)
        let next = try pool.take(tier: "small", domain: nil)
        #expect(first.number == 0 && next.number == 3)
    }

    @Test func aSlotKeepsItsDomainAndATornOneIsNobodys() throws {
        let both = [try pool.take(tier: "a", domain: "digits"), try pool.take(tier: "a", domain: "clothes")]
        #expect(both.map(\.number) == [0, 1])
        both.forEach { $0.release() }
        #expect(try pool.take(tier: "a", domain: "clothes").number == 1)
        try Data("{".utf8).write(to: URL(fileURLWithPath: pool.folder + "/slot-0000/slot.json"))
        #expect(try pool.take(tier: "a", domain: "digits").number == 2)
    }

    @Test func aPoolThatCannotBeIsSaid() throws {
        let file = try folder.write("file", "")
        #expect(throws: Failure.self) { try StatePool(folder: file).take(tier: "a", domain: nil) }
    }

    @Test func sharesOfSlotsDoNotMeet() throws {
        let places = (0..<4).map { DataPlace(slot: $0, shards: 4) }
        #expect(places.map { $0.share?.0 } == [0, 1, 2, 3] && !places.contains(where: \.isShared))
        #expect(places.map { $0.domain(of: ["a", "b", "c"]) } == ["a", "b", "c", "a"])
        let beyond = DataPlace(slot: 4, shards: 4)
        #expect(beyond.share?.0 == 0 && beyond.isShared)
        // Data of its own are a worker's alone, whatever its slot.
        #expect(DataPlace(slot: 3, shards: nil).share == nil)
        let none = DataPlace(slot: nil, shards: 4)
        #expect(none.share == nil && !none.isShared && none.domain(of: ["a"]) == nil)
    }

    @Test func aDomainStaysWhenOthersCome() throws {
        let data = try SyntheticData(domains: ["m", "n"])
        let place = DataPlace(slot: 1, shards: 4)
        #expect(try place.domain(in: DataFolder(data.path), keptIn: folder.path) == "n")
        try FileManager.default.copyItem(atPath: data.path + "/m", toPath: data.path + "/a")
        #expect(try place.domain(in: DataFolder(data.path), keptIn: folder.path) == "n")
        #expect(try place.domain(in: DataFolder(data.path), keptIn: nil) == "m")
        try FileManager.default.removeItem(atPath: data.path + "/n")
        #expect(try place.domain(in: DataFolder(data.path), keptIn: folder.path) == "m")
    }

    /// Eight processes at once, some of which are killed and come back.
    @Test func processesNeverHaveTheSameSlot() throws {
        let data = try SyntheticData(domains: ["bars", "lines"])
        func start(_ tier: String) throws -> Oxbow.Running {
            try Oxbow.start([
                "worker", "--connect", "tcp://127.0.0.1:9", "--insecure", "--tier", tier, "--emulate", "pi4", "--data", data.path,
                "--state-pool", pool.folder, "--shards", "8",
            ])
        }
        func slot(_ worker: Oxbow.Running) throws -> String {
            #expect(worker.wait { $0.errors.contains("slot=") }, "\(worker.errors)")
            return String(try #require(worker.errors.split(separator: "slot=").dropFirst().first).prefix { $0.isNumber })
        }
        func name(_ slot: String) -> String {
            (try? String(contentsOfFile: pool.folder + "/slot-000\(slot)/worker-name", encoding: .utf8)) ?? ""
        }
        var workers = try (0..<8).map { try start($0 % 2 == 0 ? "small" : "large") }
        defer { for worker in workers { worker.signal(SIGKILL) } }
        let slots = try workers.map(slot)
        #expect(Set(slots) == Set((0..<8).map(String.init)), "\(slots)")
        let names = slots.map(name)
        #expect(Set(names).count == 8 && zip(names, slots).allSatisfy { $0.contains("-\($1)-") }, "\(names)")
        for gone in [0, 2] {
            workers[gone].signal(SIGKILL)
            _ = workers[gone].finish()
        }
        (workers[0], workers[2]) = (try start("small"), try start("small"))
        let back = Set([try slot(workers[0]), try slot(workers[2])])
        #expect(back == Set([slots[0], slots[2]]))
        #expect(Set(back.map(name)) == Set([names[0], names[2]]))
    }
}
