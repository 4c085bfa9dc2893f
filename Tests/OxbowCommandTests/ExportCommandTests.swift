import Foundation
import Testing

@Suite struct ExportCommandTests {
    private let saved: SavedGenerator
    private let out: TemporaryFolder

    init() throws {
        saved = try SavedGenerator.shared.get()
        out = try TemporaryFolder()
    }

    private func export(_ file: String, _ more: [String] = [], generator: String? = nil) throws -> Oxbow.Result {
        try Oxbow.run(["export", "--generator", generator ?? saved.path, "--to", "onnx", "--out", file] + more)
    }

    @Test func aModelIsWrittenThatNamesItsMembers() throws {
        let path = out.path + "/g.onnx"
        let result = try export(path, ["--format", "json"])
        #expect(result.code == 0, "\(result.errors)")
        let told = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let file = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(told["out"] as? String == path && told["to"] as? String == "onnx" && told["bytes"] as? Int == file.count)
        let state = try Data(contentsOf: URL(fileURLWithPath: saved.path))
        #expect(file.count > state.count / 2 && file.prefix(2) == Data([0x08, 8]))
        for text in ["ConvTranspose", "g.3.bn.running_var", "images", "workers"] {
            #expect(file.range(of: Data(text.utf8)) != nil, "\(text)")
        }
        // What is there is replaced by the same.
        #expect(try export(path).output == path + "\n")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == file)
    }

    @Test func badInputIsExplained() throws {
        func expect(_ code: Int32, _ words: String, _ result: Oxbow.Result, sourceLocation: SourceLocation = #_sourceLocation) {
            #expect(result.code == code && result.sentence.contains(words), "\(result.errors)", sourceLocation: sourceLocation)
        }
        let path = out.path + "/g.onnx"
        try expect(2, "it is the generator itself", export(saved.run + "/./generator-0.safetensors"))
        try expect(7, "no folder", export(out.path + "/none/g.onnx"))
        try expect(7, "/dev/full/", export("/dev/full/g.onnx"))
        try expect(4, "Unable to read", export(path, generator: out.path + "/none"))
        try expect(4, "Unable to read", export(path, generator: try out.write("text", "not a generator")))
        let other = try Oxbow.run(["export", "--generator", saved.path, "--to", "tar", "--out", path])
        #expect(other.code == 2 && other.errors.contains("--to"), "\(other.errors)")
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
