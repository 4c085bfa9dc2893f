import Foundation
import OxbowData

/// A data folder with small drawn images: bars whose place is the label.
struct SyntheticData: Sendable {
    let folder: TemporaryFolder
    var path: String { folder.path }

    init(domains: [String] = ["bars"], count: Int = 120, side: Int = 16, classes: Int = 4) throws {
        folder = try TemporaryFolder()
        for (number, name) in domains.enumerated() {
            try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
            var pixels: [UInt8] = []
            for image in 0..<count {
                let place = 1 + (image % classes) * (side / classes)
                for position in 0..<side * side {
                    let along = number == 0 ? position % side : position / side
                    pixels.append(along >= place && along < place + 2 ? 220 + UInt8(image % 30) : UInt8(image % 7))
                }
            }
            try IDXArray(dimensions: [count, side, side], bytes: pixels).write("\(path)/\(name)/images-idx3-ubyte")
            try IDXArray(dimensions: [count], bytes: (0..<count).map { UInt8($0 % classes) })
                .write("\(path)/\(name)/labels-idx1-ubyte")
        }
    }

    func file(_ name: String) -> URL { URL(fileURLWithPath: "\(path)/\(name)") }

    /// Options of a run that takes seconds on it.
    func runArguments(out: String, domains: String = "[bars]") -> [String] {
        var arguments = ["run", "--preset", "smoke", "--data", path, "--out", out, "--set", "data.domains=\(domains)"]
        for value in [
            "fleet.0.domain=bars", "fleet.1.domain=bars", "model.width=0.0625", "model.batch=4", "steps_per_round=2",
            "evaluation.samples=40",
        ] { arguments += ["--set", value] }
        return arguments
    }
}
