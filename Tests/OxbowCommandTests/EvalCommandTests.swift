import Foundation
import OxbowData
import Testing

@Suite struct EvalCommandTests {
    private let saved: SavedGenerator

    init() throws { saved = try SavedGenerator.shared.get() }

    private static let scores = ["image_score", "fid", "label_accuracy"]
    private static let classification = ["accuracy", "precision", "recall", "f1", "fpr"]

    @Test func aRunWithClassificationReportsEveryField() throws {
        let report = try saved.report
        let domain = try #require((report["domains"] as? [String: [String: Any]])?["bars"])
        let workers = try #require(domain["per_worker"] as? [[String: Any]])
        #expect(workers.compactMap { $0["id"] as? String } == ["worker-0", "worker-1"])
        for scores in [domain] + workers {
            for key in Self.scores { #expect((scores[key] as? Double)?.isFinite == true, "\(key) is missing") }
            let classification = try #require(scores["classification"] as? [String: Any])
            for key in Self.classification {
                #expect((0...1).contains(classification[key] as? Double ?? -1), "\(key) is missing")
            }
            #expect((classification["images"] as? Int, classification["epochs"] as? Int) == (70, 2))
        }
        // One cluster, so that all have one generator: a single classifier serves domain and workers.
        #expect(saved.errors.contains("classifiers to train: 1,"), "\(saved.errors)")
        #expect(workers.allSatisfy { $0["classification"] as? NSDictionary == domain["classification"] as? NSDictionary })
        let judge = try #require((report["judges"] as? [String: [String: Any]])?["bars"])
        for key in ["accuracy", "real_score", "real_fid", "seconds"] { #expect(judge[key] is Double, "\(key) is missing") }
        let rounds = try #require(report["rounds"] as? [[String: Any]])
        let last = try #require((rounds.last?["domains"] as? [String: [String: Any]])?["bars"])
        for key in Self.scores { #expect(last[key] as? Double == domain[key] as? Double) }
    }

    @Test func theSavedGeneratorScoresAsInTheReport() throws {
        let result = try saved.eval(
            ["--classification", "--classification-images", "70", "--classification-epochs", "2", "--format", "json"])
        #expect(result.code == 0, "\(result.errors)")
        let found = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let domain = try #require((try saved.report["domains"] as? [String: [String: Any]])?["bars"])
        for key in Self.scores { #expect(found[key] as? Double == domain[key] as? Double, "\(key)") }
        let (ours, reported) = (found["classification"] as? [String: Any], domain["classification"] as? [String: Any])
        for key in Self.classification { #expect(ours?[key] as? Double == reported?[key] as? Double, "\(key)") }
        #expect((found["judge"] as? [String: Any])?["real_fid"] is Double)
        #expect(found["workers"] as? [String] == ["worker-0", "worker-1"])
    }

    @Test func textIsForPeople() throws {
        let result = try saved.eval()
        #expect(result.code == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(
            lines.map { $0.prefix(14).trimmingCharacters(in: .whitespaces) } == [
                "generator", "domain", "images", "image score", "FID", "label accuracy",
            ])
        #expect(lines[3].contains("real images"))
    }

    private func expect(
        _ code: Int32, _ words: [String], _ result: Oxbow.Result, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(result.code == code, "\(result.errors)", sourceLocation: sourceLocation)
        #expect(result.output.isEmpty, sourceLocation: sourceLocation)
        for word in words { #expect(result.sentence.contains(word), "\(result.errors)", sourceLocation: sourceLocation) }
    }

    @Test func badInputIsExplained() throws {
        let place = try TemporaryFolder()
        func eval(_ generator: String, _ domain: String, _ data: String? = nil) throws -> Oxbow.Result {
            try Oxbow.run(
                ["eval", "--generator", generator, "--data", data ?? saved.data.path, "--domain", domain],
                environment: saved.environment)
        }
        expect(4, ["Unable to read", "none.safetensors"], try eval(place.path + "/none.safetensors", "bars"))
        expect(4, ["Unable to read"], try eval(place.path, "bars"))
        let torn = URL(fileURLWithPath: place.path + "/torn.safetensors")
        try Data(contentsOf: URL(fileURLWithPath: saved.path)).dropLast(100).write(to: torn)
        expect(4, ["Unable to read", "torn.safetensors"], try eval(torn.path, "bars"))
        let core = try #require(
            try FileManager.default.contentsOfDirectory(atPath: saved.run + "/state/core").first { $0.hasSuffix(".safetensors") })
        expect(4, ["not a generator"], try eval(saved.run + "/state/core/" + core, "bars"))
        expect(3, ["Unable to read 'stars'", "bars, lines"], try eval(saved.path, "stars"))
        expect(3, ["Unable to use", "--data"], try eval(saved.path, "bars", place.path))
        let larger = try SyntheticData(count: 40, side: 20)
        expect(4, ["16x16x1", "20x20x1"], try eval(saved.path, "bars", larger.path))
        let richer = try SyntheticData(count: 40, classes: 8)
        expect(4, ["4 classes", "8 classes"], try eval(saved.path, "bars", richer.path))
        expect(2, ["--samples", "from 1"], try saved.eval(["--samples", "0"]))
        expect(2, ["--classification-epochs"], try saved.eval(["--classification-epochs", "100000"]))
    }
}
