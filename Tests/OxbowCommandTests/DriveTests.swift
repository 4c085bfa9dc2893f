import Foundation
import Testing

/// A recorded run as a load on a live broker, and as the ground of a prediction.
@Suite(.serialized) final class DriveTests {
    private let folder: TemporaryFolder
    private let data: SyntheticData
    private let broker: Oxbow.Running
    private let steer: [String]
    private var core: Oxbow.Running?

    init() throws {
        folder = try TemporaryFolder()
        data = try SyntheticData()
        let state = folder.path + "/state"
        broker = try Oxbow.start(["broker", "--bind", "tcp://127.0.0.1:*", "--state", state])
        let started = broker
        #expect(started.wait { $0.errors.contains("endpoint=") })
        let line = broker.errors.split(separator: "\n").first { $0.contains("endpoint=") }
        let endpoint = String(try #require(line?.split(separator: "endpoint=").last))
        steer = ["--connect", endpoint, "--key", state + "/operator.key", "--timeout", "60", "--join", try Oxbow.token(state)]
        let run = try Oxbow.run(
            data.runArguments(out: folder.path + "/run") + ["--trace", "full"],
            environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
        #expect(run.code == 0, "\(run.errors)")
    }

    deinit {
        broker.signal(SIGKILL)
        core?.signal(SIGKILL)
    }

    private func drive(_ more: String...) throws -> Oxbow.Result {
        try Oxbow.run(["trace", "drive", folder.path + "/run"] + steer + more)
    }

    private func report(_ result: Oxbow.Result) throws -> [String: Any] {
        #expect(result.code == 0, "\(result.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }

    @Test func aBrokerIsDrivenByMoreWorkersThanWereRecorded() throws {
        let report = try report(drive("--null-core", "--clients", "9", "--speed", "max", "--format", "json"))
        #expect(report["outcome"] as? String == "finished" && report["clients"] as? Int == 9)
        let latencies = try #require(report["latencies"] as? [[String: Any]])
        // Two rounds of two steps.
        #expect(latencies.map { $0["count"] as? Int } == [Int?](repeating: 36, count: 6) + [18])
        #expect((report["refusals"] as? [String: Any])?.isEmpty == true && report["rejoins"] as? Int == 0)
        #expect(report["messages"] as? Int ?? 0 > 9 * 2 * (2 * 12 + 2))
    }

    /// With pauses as recorded and recorded bodies, which a real core can use.
    @Test func aRealCoreAnswersThem() throws {
        let endpoint = try #require(steer.dropFirst().first)
        core = try Oxbow.start(
            ["worker", "--connect", endpoint, "--role", "core", "--join"] + steer.suffix(1),
            environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
        let report = try report(drive("--format", "json"))
        #expect(report["outcome"] as? String == "finished" && report["clients"] as? Int == 2)
        #expect(report["null_core"] as? Bool == false)
        let text = try drive("--set", "rounds=1")
        #expect(text.code == 0 && text.output.contains("2 virtual workers, a real core") && text.output.contains("p99 ms"))
    }

    @Test func whatCannotBeDrivenIsSaid() throws {
        #expect(try drive("--speed", "0").code == 2)
        #expect(try drive("--clients", "0").code == 2)
        #expect(try drive("--set", "rounds=no").code == 2)
        let nobody = try Oxbow.run(
            ["trace", "drive", folder.path + "/run", "--connect", "tcp://127.0.0.1:1", "--timeout", "0.3"]
                + steer.dropFirst(2).prefix(2) + steer.suffix(2))
        #expect(nobody.code == 5 && nobody.errors.contains("no broker answered"), "\(nobody)")
    }

    @Test func theRunIsPredictedForAnotherFleet() throws {
        let other = try folder.write(
            "other.yaml", "tiers: [ { name: tiny, workers: 6 }, { name: new, gflops: 1, bytes_per_second: 1e6 } ]")
        let tier = try #require(try recordedTier())
        let file = try folder.write(
            "same.yaml", "tiers: [ { name: \(tier), workers: 6 }, { name: new, gflops: 0.01, bytes_per_second: 1e5 } ]")
        let predict = ["trace", "predict", folder.path + "/run", "--fleet"]
        let report = try report(Oxbow.run(predict + [file, "--format", "json"]))
        let (recorded, predicted) = (report["recorded"] as? [String: Double], report["predicted"] as? [String: Double])
        #expect(predicted?["step"] ?? 0 > recorded?["step"] ?? .infinity, "a much slower machine takes part")
        let unknown = try Oxbow.run(predict + [other])
        #expect(unknown.code == 2 && unknown.errors.contains("tiers.0.gflops"), "\(unknown)")
        let text = try Oxbow.run(predict + [file])
        #expect(text.code == 0 && text.output.contains("predicted") && text.output.contains("new"), "\(text)")
    }

    private func recordedTier() throws -> String? {
        let plan =
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(fileURLWithPath: folder.path + "/run/report.json"))) as? [String: Any]
        return (plan?["workers"] as? [[String: Any]])?.first?["tier"] as? String
    }
}
