import Foundation
import Testing

/// A generator of a short run on drawn images, made once for all tests.
final class SavedGenerator: Sendable {
    static let shared = Result { try SavedGenerator() }

    let data: SyntheticData
    let out: TemporaryFolder
    let cache: TemporaryFolder
    /// What the run said.
    let errors: String

    private init() throws {
        data = try SyntheticData(domains: ["bars", "lines"])
        out = try TemporaryFolder()
        cache = try TemporaryFolder()
        let settings = [
            "method_options.clusters=1", "evaluation.classification=true", "evaluation.classification_images=70",
            "evaluation.classification_epochs=2",
        ]
        let arguments = data.runArguments(out: out.path + "/run") + settings.flatMap { ["--set", $0] }
        let result = try Oxbow.run(arguments, environment: ["XDG_CACHE_HOME": cache.path])
        errors = result.errors
        #expect(result.code == 0, "\(result.errors)")
        // What is shared by all tests outlives them: nobody else removes its folders.
        atexit { if case .success(let saved) = SavedGenerator.shared { saved.remove() } }
    }

    private func remove() {
        for folder in [data.path, out.path, cache.path] { try? FileManager.default.removeItem(atPath: folder) }
    }

    var environment: [String: String] { ["XDG_CACHE_HOME": cache.path] }
    var run: String { out.path + "/run" }
    var path: String { run + "/generator-0.safetensors" }
    var report: [String: Any] {
        get throws {
            let data = try Data(contentsOf: URL(fileURLWithPath: run + "/report.json"))
            return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        }
    }

    func eval(_ more: [String] = []) throws -> Oxbow.Result {
        try Oxbow.run(
            ["eval", "--generator", path, "--data", data.path, "--domain", "bars", "--samples", "40"] + more,
            environment: environment)
    }
}
