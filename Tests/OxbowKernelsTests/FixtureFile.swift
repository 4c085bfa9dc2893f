import Foundation
import OxbowKernels

/// Reads the recorded tensors: a safetensors file (header length, JSON header, data) and its list of cases.
struct FixtureFile {
    let cases: [KernelFixtures.Case]
    private let data: Data
    private let header: [String: Entry]

    struct Entry: Decodable {
        var dtype: String
        var shape: [Int]
        var data_offsets: [Int]
    }

    /// A header's value that is not a tensor (its metadata) is left out.
    private struct Optional: Decodable {
        var entry: Entry?
        init(from decoder: any Decoder) throws { entry = try? Entry(from: decoder) }
    }

    init(directory: String) throws {
        let folder = URL(fileURLWithPath: directory)
        cases = try JSONDecoder().decode(
            [KernelFixtures.Case].self, from: Data(contentsOf: folder.appendingPathComponent("kernels.json")))
        let file = try Data(contentsOf: folder.appendingPathComponent("kernels.safetensors"))
        let length = Int(file.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * $1.offset) })
        header = try JSONDecoder().decode([String: Optional].self, from: file[8..<8 + length]).compactMapValues(\.entry)
        data = file.dropFirst(8 + length)
    }

    private func words(_ entry: Entry) -> [UInt32] {
        let bytes = [UInt8](data[data.startIndex + entry.data_offsets[0]..<data.startIndex + entry.data_offsets[1]])
        return bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map {
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))
            }
        }
    }

    var fixtures: KernelFixtures {
        KernelFixtures(
            floats: { name in
                guard let entry = header[name], entry.dtype == "F32" else { return nil }
                return (entry.shape, words(entry).map(Float.init(bitPattern:)))
            },
            integers: { name in
                guard let entry = header[name], entry.dtype == "I32" else { return nil }
                return words(entry).map { Int32(bitPattern: $0) }
            })
    }
}
