import Foundation
import Testing

/// A recorded run as a load on a live broker, and as the ground of a prediction.
@Suite(.serialized) final class DriveTests {
    private let folder: TemporaryFolder
    private let data: SyntheticData
    private let broker: Oxbow.Running
    private let endpoint: String
    private let steer: [String]
    private let joining: [String]
    private var core: Oxbow.Running?

    init() throws {
        folder = try TemporaryFolder()
        data = try SyntheticData()
        (broker, endpoint, steer) = try Oxbow.startFleetBroker(state: folder.path + "/state")
        joining = ["--join", try Oxbow.token(folder.path + "/state")]
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
        try Oxbow.run(["trace", "drive", folder.path + "/run"] + steer + joining + more)
    }

    private func report(_ result: Oxbow.Result) throws -> [String: Any] {
        #expect(result.code == 0, "\(result.errors)")
        return try Oxbow.object(result.output)
    }

    @Test func aBrokerIsDrivenByMoreWorkersThanWereRecorded() throws {
        let report = try report(drive("--null-core", "--clients", "9", "--speed", "max", "--format", "json"))
        #expect(report["outcome"] as? String == "finished" && report["clients"] as? Int == 9)
        let latencies = try #require(report["latencies"] as? [[String: Any]])
        // Two rounds of two steps.
        #expect(latencies.map { $0["count"] as? Int } == [Int?](repeating: 36, count: 6) + [18])
        #expect((report["refusals"] as? [String: Any])?.isEmpty == true && report["rejoins"] as? Int == 0)
        #expect(report["messages"] as? Int ?? 0 > 9 * 2 * (2 * 12 + 2))
        #expect(try workersInStatus() == [], "all have said goodbye")
        let driven = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/state/runs").first { !$0.hasPrefix(".") })
        let verified = try Oxbow.run(["trace", "verify", "\(folder.path)/state/runs/\(driven)"])
        #expect(verified.code == 4 && verified.sentence.contains("stand-ins") && verified.output == "", "\(verified)")
        let wrong = try Oxbow.run(["trace", "verify", folder.path + "/run", "--shard", "nobody=bars"])
        #expect(wrong.code == 2 && wrong.sentence.contains("It has worker-0 (small-1), worker-1 ("), "\(wrong)")
    }

    private func workersInStatus() throws -> [String] {
        let status = try Oxbow.run(["status", "--format", "json"] + steer)
        let members = try Oxbow.object(status.output)["members"] as? [[String: Any]] ?? []
        return members.compactMap { $0["worker_id"] as? String }.filter { $0 != "drive-core" }
    }

    /// What was counted until then is told; members are let go.
    @Test func aTestThatIsInterruptedTellsWhatItHasSeen() throws {
        let driving = try endless("--format", "json")
        driving.signal(SIGINT)
        let result = driving.finish()
        #expect(result.code == 130 && result.sentence.contains("interrupted"), "\(result.errors)")
        let report = try Oxbow.object(result.output)
        #expect(report["outcome"] as? String == "unknown" && report["messages"] as? Int ?? 0 > 50, "\(report)")
        #expect(try workersInStatus() == [])
    }

    @Test func aTestWhoseBrokerDiesTellsWhatItHasSeen() throws {
        let driving = try endless("--timeout", "2")
        broker.signal(SIGKILL)
        let result = driving.finish()
        #expect(result.code == 5 && result.sentence.contains("answers no more"), "\(result.errors)")
        #expect(result.output.contains("up to here: ") && result.output.contains("p99 ms"), "\(result.output)")
    }

    /// A test that would take very long, at its second round.
    private func endless(_ more: String...) throws -> Oxbow.Running {
        let steer = more.contains("--timeout") ? Array(steer.dropLast(2)) : steer
        let driving = try Oxbow.start(
            ["trace", "drive", folder.path + "/run", "--null-core", "--speed", "max", "--set", "rounds=100000"] + steer + joining
                + more)
        #expect(driving.wait { _ in (try? barriers() >= 2) == true }, "\(driving.errors)")
        return driving
    }

    private func barriers() throws -> Int {
        let runs = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/state/runs").filter { !$0.hasPrefix(".") }
        return runs.map { Oxbow.barriers(ofRun: "\(folder.path)/state/runs/\($0)") }.max() ?? 0
    }

    /// With pauses as recorded and recorded bodies, which a real core can use.
    @Test func aRealCoreAnswersThem() throws {
        core = try Oxbow.start(
            ["worker", "--connect", endpoint, "--role", "core"] + joining,
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
                + steer.dropFirst(2).prefix(2) + joining)
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
        #expect(predicted?["step_seconds"] ?? 0 > recorded?["step_seconds"] ?? .infinity, "a much slower machine takes part")
        let unknown = try Oxbow.run(predict + [other])
        #expect(unknown.code == 2 && unknown.errors.contains("tiers.0.gflops"), "\(unknown)")
        let text = try Oxbow.run(predict + [file])
        #expect(text.code == 0 && text.output.contains("predicted") && text.output.contains("new"), "\(text)")
        #expect(text.output.contains("Measured/declared speed: "), "\(text)")
    }

    private func recordedTier() throws -> String? {
        let plan =
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(fileURLWithPath: folder.path + "/run/report.json"))) as? [String: Any]
        return (plan?["workers"] as? [[String: Any]])?.first?["tier"] as? String
    }
}
