import OxbowData
import OxbowRuntime
import Testing

/// What a worker's judge learns from.
@Suite struct LocalShardTests {
    private func images(_ labels: [UInt8]) -> ImageSet {
        ImageSet(height: 1, width: 1, channels: 1, pixels: labels.indices.map { UInt8($0) }, labels: labels)
    }

    private func domain() throws -> Domain {
        try Domain(name: "d", train: images([0, 1, 2, 0, 1, 2]), test: images([0, 1, 2]), testOrigin: .files)
    }

    @Test func aShareIsJudgedByItsOwnImagesAndClasses() throws {
        let judged = try LocalShard(domain: domain(), members: [0, 1, 4]).judged()
        #expect(judged.train.labels == [0, 1, 1] && judged.train.pixels == [0, 1, 4])
        #expect(judged.test.labels == [0, 1] && judged.classes == 2)
    }

    @Test func whoHasAllHasTheDomainsJudge() throws {
        let whole = try domain()
        #expect(try LocalShard(domain: whole, members: Array(0..<6)).judged().checksum == whole.checksum)
    }

    @Test func withoutHeldOutImagesThereIsNone() throws {
        let domain = try Domain(name: "d", train: images([0, 1, 2]), test: images([0, 1]), testOrigin: .files)
        #expect(throws: DataError.self) { try LocalShard(domain: domain, members: [2]).judged() }
    }
}
