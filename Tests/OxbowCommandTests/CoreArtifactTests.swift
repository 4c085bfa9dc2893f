import Foundation
import OxbowEvaluation
import OxbowModel
import OxbowProtocol
import OxbowRuntime
import OxbowTraining
import Testing

@testable import OxbowFleet
@testable import oxbow

/// What a core leaves at a barrier.
@Suite struct CoreArtifactTests {
    private func generator(_ cluster: Int, _ slots: [UInt32], _ value: Float) throws -> ClusterGenerator {
        let tensors = try ModelDescription(FleetScript.plan.model).generator.tensors.map { description in
            NamedTensor(
                name: description.name, shape: description.shape, values: [Float](repeating: value, count: description.count))
        }
        return ClusterGenerator(cluster: cluster, slots: slots, tensors: NamedTensors(tensors))
    }

    @Test func olderRoundsGoButForThoseThatAreStillUsed() throws {
        let place = FileManager.default.temporaryDirectory.path + "/oxbow-generators-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: place) }
        let folder = try GeneratorFolder(place)
        for round in 1...5 {
            try folder.write(FleetScript.plan, round: UInt32(round), [generator(0, [0], 1), generator(1, [1], 2)])
        }
        try Data().write(to: URL(fileURLWithPath: place + "/mine.safetensors"))
        folder.removeRounds(before: 4, sparing: [2])
        #expect((1...5).map { folder.files(round: $0).count } == [0, 2, 0, 2, 2])
        #expect(FileManager.default.fileExists(atPath: place + "/mine.safetensors"))
    }

    @Test func eachClusterHasAGeneratorAndAGridUnderNamesThatTravel() throws {
        let artifacts = CoreArtifacts()
        let generators = try [generator(0, [0, 2], 0.01), generator(1, [1], 0.02)]
        let files = try artifacts.files(generators, of: FleetScript.plan, round: 7)
        #expect(
            files.map(\.key.name) == [
                "generator-0.safetensors", "cluster-0-round-007.png", "generator-1.safetensors", "cluster-1-round-007.png",
            ])
        #expect(files.allSatisfy { $0.key.round == 7 && RunName.isValid($0.key.name) })
        #expect(files[1].bytes.prefix(4) == [0x89, 0x50, 0x4e, 0x47])
        let folder = try TemporaryFolder()
        try Data(files[2].bytes).write(to: URL(fileURLWithPath: folder.path + "/g"))
        let read = try GeneratorFile.read(folder.path + "/g")
        #expect(read.workers == ["worker-1"] && read.parameters == FleetScript.plan.model)
        let again = try artifacts.files(generators, of: FleetScript.plan, round: 7)
        #expect(again.map(\.bytes) == files.map(\.bytes), "the same again, with the primitives kept")
        #expect(CoreArtifacts.pictureName(cluster: 3, round: 12345) == "cluster-3-round-12345.png")
    }
}
