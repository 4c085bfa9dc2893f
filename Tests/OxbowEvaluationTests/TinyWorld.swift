import Foundation
import OxbowData
import OxbowModel
import OxbowTraining

@testable import OxbowEvaluation

/// A temporary folder for files of a test; gone with its owner.
final class Workplace: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("oxbow-evaluation-\(UUID().uuidString)").path

    init() { try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func files() -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
}

/// A domain of stripes: class 0 lies, class 1 stands; place and shade vary.
func stripes(_ count: Int, side: Int = 12, channels: Int = 1) throws -> Domain {
    var pixels: [UInt8] = []
    for image in 0..<count {
        let at = image / 2 % side
        for y in 0..<side {
            for x in 0..<side {
                let ink = (image % 2 == 0 ? y : x) == at ? UInt8(150 + image % 100) : UInt8((x * 7 + y * 3 + image) % 40)
                pixels.append(contentsOf: [UInt8](repeating: ink, count: channels))
            }
        }
    }
    let labels = (0..<count).map { UInt8($0 % 2) }
    return try Domain(
        name: "stripes",
        holdingOutOf: ImageSet(height: side, width: side, channels: channels, pixels: pixels, labels: labels))
}

/// A generator small enough to be checked by hand, with running values that differ from the initial ones.
let tinyParameters = ModelParameters(width: 0.03, imageHeight: 12, imageWidth: 8, imageChannels: 1, classes: 3, noise: 5)

func tinyTensors(_ parameters: ModelParameters = tinyParameters) throws -> NamedTensors {
    var tensors = InitialState.draw(try ModelDescription(parameters), seed: 3, key: nil)
    for tensor in tensors.entries {
        var changed = tensor
        for index in tensor.values.indices {
            let wave = Float((index * 13 + tensor.name.count) % 17) / 17
            if tensor.name.hasSuffix("running_mean") { changed.values[index] = wave - 0.5 }
            if tensor.name.hasSuffix("running_var") { changed.values[index] = wave * 0.3 + 0.05 }
            if tensor.name.hasSuffix("bn.weight") { changed.values[index] = wave + 0.4 }
            if tensor.name.hasSuffix("bn.bias") { changed.values[index] = 0.3 - wave }
        }
        tensors.append(changed)
    }
    return tensors
}
