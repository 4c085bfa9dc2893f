import Foundation
import OxbowData

/// A temporary folder for files of a test; gone with its owner.
final class Workplace: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("oxbow-data-\(UUID().uuidString)").path

    init() { make("") }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func make(_ folder: String) {
        try? FileManager.default.createDirectory(atPath: path + "/" + folder, withIntermediateDirectories: true)
    }

    func bytes(_ name: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: URL(fileURLWithPath: path + "/" + name))) }

    func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name)) }
}

/// `count` images with distinct pixels; label of image i: i modulo classes.
func images(_ count: Int, classes: Int = 3, height: Int = 4, width: Int = 5, channels: Int = 1) -> ImageSet {
    let size = height * width * channels
    return ImageSet(
        height: height, width: width, channels: channels,
        pixels: (0..<(count * size)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / size) },
        labels: (0..<count).map { UInt8($0 % classes) })
}

extension ImageSet {
    var imageArray: IDXArray {
        IDXArray(dimensions: [count, height, width] + (channels == 1 ? [] : [channels]), bytes: pixels)
    }
    var labelArray: IDXArray { IDXArray(dimensions: [count], bytes: labels) }
}
