import Foundation
import OxbowSafetensors
import Testing

/// A file with every element type, an empty tensor, a scalar and awkward names.
private func sample() -> SafetensorsFile {
    SafetensorsFile(
        tensors: [
            "g.0.linear.weight": StoredTensor(shape: [2, 3], [1, -2, 3.5, .infinity, -0.0, 1e-38] as [Float]),
            "steps": StoredTensor(shape: [], [7] as [Int64]),
            "labels": StoredTensor(shape: [3], [0, -1, 9] as [Int32]),
            "bytes": StoredTensor(shape: [5], [0, 1, 2, 254, 255] as [UInt8]),
            "mean": StoredTensor(shape: [1, 2], [0.1, -0.2] as [Double]),
            "nothing": StoredTensor(shape: [0, 4], [] as [Float]),
            "quote\"\\\n\u{1}é🐂": StoredTensor(shape: [1], [1] as [Float]),
        ],
        metadata: ["z": "100", "note": "a \"quoted\" \\ line\n", "workers": "small-1,large-1"])
}

@Suite struct RoundTripTests {
    @Test func everythingComesBack() throws {
        let file = sample()
        #expect(try SafetensorsFile.decode(file.encode()) == file)
    }

    @Test func emptyFileComesBack() throws {
        let file = SafetensorsFile()
        #expect(try SafetensorsFile.decode(file.encode()) == file)
    }

    @Test func outputDependsOnContentOnly() {
        var reversed = SafetensorsFile()
        for name in sample().names.reversed() { reversed.tensors[name] = sample().tensors[name] }
        reversed.metadata = sample().metadata
        #expect(reversed.encode() == sample().encode())
    }

    @Test func tensorsAreAligned() throws {
        let bytes = sample().encode()
        let header = bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
        #expect(header % 8 == 0)
        let json = try JSONSerialization.jsonObject(with: Data(bytes[8..<(8 + header)])) as? [String: [String: Any]]
        for (name, entry) in try #require(json) where name != "__metadata__" {
            let type = try #require(ElementType(rawValue: entry["dtype"] as? String ?? ""))
            let offsets = try #require(entry["data_offsets"] as? [Int])
            #expect(offsets[0] % type.byteCount == 0, "\(name)")
        }
    }

    @Test func namesAreSortedByTheirBytes() {
        let tensor = StoredTensor(shape: [1], [1] as [Float])
        let file = SafetensorsFile(tensors: ["b": tensor, "a.10": tensor, "a.2": tensor, "Z": tensor])
        #expect(file.names == ["Z", "a.10", "a.2", "b"])
    }

    @Test func valuesAreCheckedForPresenceShapeAndType() throws {
        let file = sample()
        #expect(try file.values("labels", shape: [3]) == [0, -1, 9] as [Int32])
        let missing = #expect(throws: SafetensorsError.self) { try file.values("label", as: Int32.self) }
        #expect(missing?.code == .noSuchTensor)
        let shape = #expect(throws: SafetensorsError.self) { try file.values("labels", shape: [4], as: Int32.self) }
        #expect(shape?.description.contains("has shape [3] instead of [4]") == true)
        let type = #expect(throws: SafetensorsError.self) { try file.values("labels", as: Float.self) }
        #expect(type?.description.contains("is I32 instead of F32") == true)
    }
}

@Suite struct DiskTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("oxbow-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    @Test func writtenFilesAreReadAndReplaced() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/state.safetensors"
        try SafetensorsFile().write(path)
        try sample().write(path)
        #expect(try SafetensorsFile.read(path) == sample())
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["state.safetensors"])
    }

    @Test func missingFileIsOneSentence() {
        let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile.read(folder + "/none") }
        #expect(error?.code == .missing)
        let text = "Unable to read '\(folder)/none': No such file or directory. Check the path and its permissions."
        #expect(error?.description == text)
    }

    @Test func folderIsNotAFile() {
        let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile.read(folder) }
        #expect(error?.code == .unreadable)
    }

    @Test func unwritableTargetLeavesNothingBehind() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let error = #expect(throws: SafetensorsError.self) { try sample().write(folder + "/no/such/folder/x") }
        #expect(error?.code == .unwritable)
        // A folder stands where the file should go: the rename fails, the temporary file goes.
        try FileManager.default.createDirectory(atPath: folder + "/taken/inside", withIntermediateDirectories: true)
        #expect(throws: SafetensorsError.self) { try sample().write(folder + "/taken") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["taken"])
    }
}
