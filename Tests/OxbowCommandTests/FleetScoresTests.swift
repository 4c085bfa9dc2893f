import Foundation
import Testing

/// A fleet whose workers score their generators: numbers in the report, the log, the metrics and the page, and the same that
/// `oxbow eval` finds.
@Suite(.serialized) final class FleetScoresTests {
    private let folder: TemporaryFolder
    private let data: SyntheticData
    private var processes: [Oxbow.Running] = []

    init() throws {
        folder = try TemporaryFolder()
        data = try SyntheticData()
    }

    deinit { for process in processes { process.signal(SIGKILL) } }

    private func members(_ endpoint: String) throws {
        let common = ["worker", "--connect", endpoint, "--insecure"]
        let cache = ["XDG_CACHE_HOME": folder.path + "/cache"]
        processes.append(try Oxbow.start(common + ["--role", "core"], environment: cache))
        for number in 0..<2 {
            let edge = ["--id", "w\(number)", "--data", data.path, "--domain", "bars", "--state", folder.path + "/w\(number)"]
            processes.append(try Oxbow.start(common + edge, environment: cache))
        }
    }

    /// One cluster, and all have all images: what every worker generates with is the saved generator.
    private static let experiment = """
        seed: 3
        model: { width: 0.1, batch: 8 }
        fleet: [ { tier: small, workers: 2 } ]
        method_options: { clusters: 1 }
        rounds: 3
        steps_per_round: 2
        evaluation: { every: 2, samples: 60 }
        """

    @Test func scoresReachReportLogMetricsAndPage() throws {
        let state = folder.path + "/state"
        let broker = try Oxbow.start([
            "broker", "--bind", "tcp://127.0.0.1:*", "--insecure", "--state", state, "--http", "127.0.0.1:*", "--log-format",
            "json",
        ])
        processes.append(broker)
        let client = try broker.web()
        let endpoint = try broker.field("endpoint")
        try members(endpoint)
        let file = try folder.write("e.yaml", Self.experiment)
        let operators = ["--connect", endpoint, "--insecure", "--key", state + "/operator.key", "--timeout", "60"]
        let submit = ["submit", file, "--name", "base", "--image", "16x16x1", "--classes", "4", "--watch"]
        let watched = try Oxbow.run(submit + operators)
        #expect(watched.code == 0, "\(watched.errors)")
        let run = state + "/runs/base"
        #expect(broker.wait { _ in (try? String(contentsOfFile: run + "/run.json", encoding: .utf8))?.contains("ended") == true })

        let report = try Oxbow.object(String(contentsOfFile: run + "/report.json", encoding: .utf8))
        #expect(report["outcome"] as? String == "finished")
        let rounds = try #require(report["rounds"] as? [[String: Any]])
        let scored = rounds.map { ($0["domains"] as? [String: [String: Any]])?["not told"] }
        // A worker whose judge is not ready passes over round 2.
        #expect(scored.count == 3 && scored[0] == nil && scored[2] != nil, "the last round is scored")
        let domain = try #require((report["domains"] as? [String: [String: Any]])?["not told"])
        let workers = try #require(domain["per_worker"] as? [[String: Any]])
        #expect(workers.compactMap { $0["id"] as? String } == ["worker-0", "worker-1"])
        for scores in [domain] + workers + scored.compactMap({ $0 }) {
            for key in ["image_score", "fid", "label_accuracy"] {
                #expect((scores[key] as? Double)?.isFinite == true, "\(key) is missing")
            }
        }
        #expect(workers.allSatisfy { (0...1).contains($0["judge_accuracy"] as? Double ?? -1) })
        try evaluate(run, workers)
        try log(run)

        let metrics = try client.get("/metrics").text
        #expect(metrics.contains("\noxbow_scored_workers 2\n"), "\(metrics)")
        for score in ["image_score", "fid", "label_accuracy"] {
            let line = metrics.split(separator: "\n").first { $0.hasPrefix("oxbow_score{score=\"\(score)\"} ") }
            let value = try #require(line?.split(separator: " ").last.flatMap { Double($0) }, "\(score): \(metrics)")
            // The order in which workers told theirs is part of a sum's bits.
            #expect(abs(value - (domain[score] as? Double ?? .nan)) < 1e-9 * max(1, value), "\(score)")
        }
        let charts = try Oxbow.object(try client.get("/api/charts").text)
        for chart in ["image_score", "fid"] { #expect((charts[chart] as? String)?.contains("no numbers") == false, "\(chart)") }
        #expect(try String(contentsOfFile: run + "/report.html", encoding: .utf8).contains("Scores of each worker"))
        // Judges stay with their workers.
        for worker in 0..<2 {
            let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/w\(worker)/judges")
            #expect(kept.count == 1 && kept[0].hasSuffix(".safetensors"), "\(kept)")
        }
    }

    private func evaluate(_ run: String, _ workers: [[String: Any]]) throws {
        let eval = [
            "eval", "--generator", run + "/generator-0.safetensors", "--data", data.path, "--domain", "bars", "--samples", "60",
            "--seed", "3", "--format", "json",
        ]
        let result = try Oxbow.run(eval, environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
        #expect(result.code == 0, "\(result.errors)")
        let found = try Oxbow.object(result.output)
        for worker in workers {
            for key in ["image_score", "fid", "label_accuracy"] {
                #expect(worker[key] as? Double == found[key] as? Double, "\(key)")
            }
            #expect(worker["judge_accuracy"] as? Double == (found["judge"] as? [String: Any])?["accuracy"] as? Double)
        }
    }

    /// An event for each worker and the round that it scored, before the end.
    private func log(_ run: String) throws {
        let lines = try String(contentsOfFile: run + "/log.jsonl", encoding: .utf8).split(separator: "\n")
        let told = lines.filter { $0.contains("\"scores\":{\"_0\"") }
        #expect((2...4).contains(told.count) && told.count { $0.contains("\"round\":3") } == 2, "\(told)")
        #expect(lines.last?.contains("\"ended\"") == true)
    }
}
