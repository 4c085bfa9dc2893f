import Foundation
import OxbowModel
import OxbowSafetensors
import OxbowTraining
import Testing

@testable import OxbowEvaluation

@Suite struct GeneratorFileTests {
    let place = Workplace()
    var path: String { place.path + "/generator-0.safetensors" }

    private func file() throws -> GeneratorFile {
        GeneratorFile(parameters: tinyParameters, workers: ["edge-0", "edge-3"], tensors: try tinyTensors())
    }

    /// The written file after a change.
    private func damaged(_ change: (inout SafetensorsFile) -> Void) throws -> any Error {
        try file().write(path)
        var stored = try SafetensorsFile.read(path)
        change(&stored)
        try stored.write(path)
        return try #require(throws: (any Error).self) { try GeneratorFile.read(path) }
    }

    @Test func generatorsComeBack() throws {
        let written = try file()
        try written.write(path)
        let read = try GeneratorFile.read(path)
        #expect(read.parameters == tinyParameters)
        #expect(read.workers == ["edge-0", "edge-3"])
        #expect(read.tensors.names == (try ModelDescription(tinyParameters).generator.tensors.map(\.name)))
        #expect(read.tensors.entries.allSatisfy { $0 == written.tensors[$0.name] })
        let labels: [Int32] = [0, 1, 2]
        let expected = try written.sampler(batch: 3).images(labels: labels, seed: 1)
        #expect(try read.sampler(batch: 3).images(labels: labels, seed: 1) == expected)
    }

    @Test func metadataIsAsDocumented() throws {
        try file().write(path)
        let tiny = try SafetensorsFile.read(path).metadata
        #expect(tiny == ["z": "5", "classes": "3", "width": "0.03", "workers": "edge-0,edge-3", "image": "12x8x1"])
        let usual = ModelParameters(width: 0.03)
        try GeneratorFile(parameters: usual, workers: [], tensors: tinyTensors(usual)).write(path)
        let metadata = try SafetensorsFile.read(path).metadata
        #expect(metadata == ["z": "100", "classes": "10", "width": "0.03", "workers": ""])
        let read = try GeneratorFile.read(path)
        #expect(read.parameters == usual && read.workers.isEmpty)
    }

    @Test func whatIsNoGeneratorIsNotWritten() throws {
        var bad = try file()
        bad.workers = ["a,b"]
        #expect(throws: EvaluationError.self) { try bad.write(path) }
        let empty = GeneratorFile(parameters: tinyParameters, workers: [], tensors: NamedTensors())
        #expect(throws: EvaluationError.self) { try empty.write(path) }
        #expect(place.files().isEmpty)
    }

    @Test func foreignFilesAreExplained() throws {
        let error = try damaged { $0.metadata = [:] }
        #expect(
            "\(error)"
                == "Unable to use '\(path)': it is not a generator: its metadata lacks 'width'. "
                + "Name a generator-<cluster>.safetensors that a run wrote.")
        #expect("\(try damaged { $0.metadata["z"] = "many" })".contains("its z 'many' is not a number"))
        #expect("\(try damaged { $0.metadata["image"] = "12x8" })".contains("'12x8'"))
        #expect("\(try damaged { $0.metadata["classes"] = "0" })".contains("0 classes"))
        #expect("\(try damaged { $0.metadata["width"] = "nan" })".contains("width"))
        #expect("\(try damaged { $0.metadata["width"] = "1.0" })".contains("shape"))
        #expect("\(try damaged { $0.tensors["g.2.bn.bias"] = nil })".contains("g.2.bn.bias"))
        let broken = try damaged { $0.tensors["g.4.deconv.bias"] = StoredTensor(shape: [1], [Float.infinity]) }
        #expect("\(broken)".contains("not finite"))
    }

    @Test func brokenFilesAreExplained() throws {
        try file().write(path)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for count in [0, 7, 100, bytes.count / 2, bytes.count - 1] {
            try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: SafetensorsError.self) { try GeneratorFile.read(path) }
            #expect(error?.description.hasPrefix("Unable to read '\(path)': ") == true)
        }
        #expect(throws: SafetensorsError.self) { try GeneratorFile.read(place.path + "/none") }
    }
}
