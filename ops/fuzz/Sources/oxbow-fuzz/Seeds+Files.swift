import Foundation
import OxbowData
import OxbowSafetensors

enum FileSeeds {
    static let stateWords = [
        "__metadata__", "dtype", "shape", "data_offsets", "F32", "F64", "I32", "I64", "U8", "\\\\u00e9", "\\\\ud83d\\\\ude00",
        "[]", "{}",
    ]

    static func states() throws -> [String: [UInt8]] {
        var file = SafetensorsFile(metadata: ["round": "3", "say \"hi\"": "ö"])
        let empty = file.encode()
        file.tensors = [
            "a.weight": StoredTensor(shape: [2, 2], [1, -0.0, .nan, .infinity] as [Float]),
            "a.count": StoredTensor(shape: [], [7] as [Int64]), "b": StoredTensor(shape: [0, 3], [] as [UInt8]),
        ]
        return ["empty": empty, "tensors": file.encode()]
    }

    /// Gzip ones are as zlib writes them to a file.
    static func arrays() throws -> [String: [UInt8]] {
        let images = IDXArray(dimensions: [2, 3, 3], bytes: (0..<18).map { $0 * 13 })
        let labels = IDXArray(dimensions: [5], bytes: [0, 1, 2, 1, 0])
        let colours = IDXArray(dimensions: [1, 2, 2, 3], bytes: [UInt8](repeating: 200, count: 12))
        return [
            "images": images.encode(), "labels": labels.encode(), "colours": colours.encode(),
            "images.gz": try gzip(images), "labels.gz": try gzip(labels),
        ]
    }

    private static func gzip(_ array: IDXArray) throws -> [UInt8] {
        let path = FileManager.default.temporaryDirectory.path + "/oxbow-fuzz-\(UUID().uuidString).gz"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try array.write(path)
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
