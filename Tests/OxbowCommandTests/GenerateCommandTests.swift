import Foundation
import Testing

@Suite struct GenerateCommandTests {
    private let saved: SavedGenerator
    private let out: TemporaryFolder

    init() throws {
        saved = try SavedGenerator.shared.get()
        out = try TemporaryFolder()
    }

    private func generate(_ more: [String], generator: String? = nil) throws -> Oxbow.Result {
        try Oxbow.run(["generate", "--generator", generator ?? saved.path] + more)
    }

    private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: "\(out.path)/\(name)")) }

    /// The header of a safetensors file, and where the tensors begin.
    private func header(_ file: Data) throws -> (entries: [String: [String: Any]], start: Int) {
        let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let object = try JSONSerialization.jsonObject(with: file[8..<(8 + length)]) as? [String: [String: Any]]
        return (try #require(object), 8 + length)
    }

    @Test func imagesAndTensorsAreWritten() throws {
        let arguments = ["--count", "10", "--seed", "3", "--out", out.path + "/a.png", "--tensors", out.path + "/a.safetensors"]
        let result = try generate(arguments)
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.output == "\(out.path)/a.png\n\(out.path)/a.safetensors\n")
        let file = try bytes("a.safetensors")
        let (entries, start) = try header(file)
        #expect(entries["images"]?["dtype"] as? String == "F32" && entries["images"]?["shape"] as? [Int] == [10, 1, 16, 16])
        #expect(entries["labels"]?["dtype"] as? String == "I32" && entries["labels"]?["shape"] as? [Int] == [10])
        let offsets = try #require(entries["labels"]?["data_offsets"] as? [Int])
        let labels = stride(from: start + offsets[0], to: start + offsets[1], by: 4).map { file[$0] }
        #expect(labels == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1])
        #expect(entries["noise"]?["dtype"] as? String == "F32" && entries["noise"]?["shape"] as? [Int] == [10, 100])
        // A grid of 3 x 4 images of twice 16 pixels, with ground between them: width and height as in PNG's header.
        let picture = try bytes("a.png")
        #expect(picture.prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
        #expect(Array(picture[16..<24]) == [0, 0, 0, 138, 0, 0, 0, 104])
    }

    @Test func theSameSeedGivesTheSameFiles() throws {
        for (name, more) in [("a", []), ("b", []), ("c", ["--seed", "2"]), ("d", ["--label", "3"])] as [(String, [String])] {
            let files = ["--out", "\(out.path)/\(name).png", "--tensors", "\(out.path)/\(name).safetensors"]
            let result = try generate(["--count", "9", "--format", "json"] + files + more)
            #expect(result.code == 0, "\(result.errors)")
            let told = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
            #expect(told?["out"] as? String == "\(out.path)/\(name).png" && told?["count"] as? Int == 9)
        }
        #expect(try bytes("a.png") == bytes("b.png") && bytes("a.safetensors") == bytes("b.safetensors"))
        #expect(try bytes("a.png") != bytes("c.png") && bytes("a.png") != bytes("d.png"))
        let file = try bytes("d.safetensors")
        let (entries, start) = try header(file)
        let offsets = try #require(entries["labels"]?["data_offsets"] as? [Int])
        #expect(file[(start + offsets[0])..<(start + offsets[1])] == Data((0..<9).flatMap { _ in [3, 0, 0, 0] as [UInt8] }))
    }

    @Test func badInputIsExplained() throws {
        func expect(
            _ code: Int32, _ words: [String], _ more: [String], generator: String? = nil,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let result = try generate(more, generator: generator)
            #expect(result.code == code, "\(result.errors)", sourceLocation: sourceLocation)
            for word in words { #expect(result.sentence.contains(word), "\(result.errors)", sourceLocation: sourceLocation) }
        }
        let picture = out.path + "/a.png"
        try expect(2, ["--count", "from 1"], ["--count", "0", "--out", picture])
        try expect(2, ["--count"], ["--count", "1000000000000", "--out", picture])
        try expect(2, ["--label", "from 0 to 3"], ["--count", "1", "--label", "4", "--out", picture])
        try expect(2, ["--tensors"], ["--count", "1", "--out", picture, "--tensors", out.path + "/./a.png"])
        try expect(7, ["Unable to write", "no folder"], ["--count", "1", "--out", out.path + "/none/a.png"])
        try expect(7, ["Unable to write", "it is a folder"], ["--count", "1", "--out", out.path])
        try expect(7, ["no folder"], ["--count", "1", "--out", picture, "--tensors", out.path + "/none/a.safetensors"])
        try expect(7, ["/dev/full/"], ["--count", "1", "--out", "/dev/full/a.png"])
        try expect(4, ["Unable to read"], ["--count", "1", "--out", picture], generator: out.path + "/none")
        let text = try out.write("text", "not a generator")
        try expect(4, ["Unable to read", text], ["--count", "1", "--out", picture], generator: text)
        #expect(!FileManager.default.fileExists(atPath: picture))
    }
}
