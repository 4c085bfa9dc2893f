import Foundation
import Testing

/// A fleet of real processes over TCP that grows, loses members and is steered while it trains.
@Suite(.serialized) final class ElasticFleetTests {
    private let folder: TemporaryFolder
    private let data: SyntheticData
    private var running: [String: Oxbow.Running] = [:]
    private let endpoint: String
    private let key: [String]

    init() throws {
        folder = try TemporaryFolder()
        data = try SyntheticData()
        let broker: Oxbow.Running
        (broker, endpoint, key) = try Oxbow.startFleetBroker(state: folder.path + "/state", isEncrypted: false)
        running["broker"] = broker
    }

    deinit { for process in running.values { process.signal(SIGKILL) } }

    private func core() throws {
        running["core"] = try start(["--role", "core", "--tier", "core"])
    }

    private func worker(_ number: Int, tier: String = "small", _ more: [String] = []) throws {
        running["w\(number)"] = try start(
            [
                "--tier", tier, "--id", "w\(number)", "--data", data.path, "--domain", "bars", "--shard", "\(number)/6",
                "--state", "\(folder.path)/w\(number)",
            ] + more)
    }

    private func start(_ arguments: [String]) throws -> Oxbow.Running {
        try Oxbow.start(
            ["worker", "--connect", endpoint, "--insecure"] + arguments, environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
    }

    private func oxbow(_ arguments: String...) throws -> String {
        let result = try Oxbow.run(arguments + key)
        #expect(result.code == 0, "\(result.errors)")
        return result.output
    }

    private func submit(_ name: String, _ yaml: String) throws {
        let file = try folder.write(
            "\(name).yaml", "model: { width: 0.0625, batch: 4, noise: 8 }\ndata: { domains: [bars] }\n" + yaml)
        let output = try oxbow("submit", file, "--name", name, "--image", "16x16x1", "--classes", "4")
        #expect(output.contains(name))
    }

    private func run(_ name: String) throws -> [String: Any] {
        let status = try oxbow("status", name, "--format", "json")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any])
        return try #require((object["runs"] as? [[String: Any]])?.first { $0["id"] as? String == name })
    }

    /// Asks until the run is as wanted; fails after two minutes.
    private func wait(_ name: String, _ what: String, _ condition: ([String: Any]) -> Bool) throws {
        let deadline = Date().addingTimeInterval(120)
        var last = try run(name)
        while !condition(last), Date() < deadline { last = try run(name) }
        #expect(condition(last), "\(what): \(last) \(running["broker"]?.errors.suffix(2000) ?? "")")
    }

    private func members(_ run: [String: Any]) -> Int { (run["members"] as? [Any])?.count ?? 0 }
    private func round(_ run: [String: Any]) -> Int { run["round"] as? Int ?? 0 }

    @Test func aFleetGrowsShrinksAndEndsWithASoundReport() throws {
        try core()
        for number in 1...3 { try worker(number) }
        try submit(
            "grow", "fleet: [ { tier: small, workers: 3 } ]\nrounds: 100000\nsteps_per_round: 4\nquorum: 0.3\n")
        try wait("grow", "three train") { members($0) == 3 && round($0) > 1 }
        for number in 4...6 { try worker(number) }
        try wait("grow", "six train") { members($0) == 6 }
        running["w2"]?.signal(SIGKILL)
        running["w5"]?.signal(SIGKILL)
        try wait("grow", "four are left") { members($0) == 4 }
        running["w3"]?.signal(SIGTERM)
        #expect(running["w3"]?.finish().code == 130)
        try wait("grow", "three are left") { members($0) == 3 }
        // Who was killed comes back under its name, and enters again.
        try worker(2)
        try wait("grow", "one came back") { members($0) == 4 }
        let last = round(try run("grow"))
        try wait("grow", "two more rounds") { round($0) > last + 1 }
        #expect(try oxbow("stop", "grow").contains("stopped"))
        #expect(try oxbow("stop", "grow").contains("had ended"))
        try checkReport()
        try checkTrace("grow")
    }

    /// Its workers' images are found by trying; the core's files are computed again too.
    private func checkTrace(_ name: String) throws {
        let result = try Oxbow.run(
            ["trace", "verify", "\(folder.path)/state/runs/\(name)", "--data", data.path, "--format", "json"])
        #expect(result.code == 0, "\(result.errors)")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(report["is_equal"] as? Bool == true && (report["state_hash"] as? String)?.count == 64)
    }

    private func checkReport() throws {
        _ = try oxbow("fetch", "grow", "--out", folder.path + "/got")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/got/report.json"))
        let report = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        #expect((report["workers"] as? [Any])?.count == 6)
        #expect((report["state_hash"] as? String)?.count == 64)
        let events = (report["membership"] as? [[String: Any]])?.compactMap { $0["event"] as? String } ?? []
        #expect(events.count { $0 == "lost" } == 2 && events.count { $0 == "left" } == 1, "\(events)")
        #expect(events.count { $0 == "joined" } >= 4, "\(events)")
        #expect((report["generators"] as? [Any])?.isEmpty == false && (report["pictures"] as? [Any])?.isEmpty == false)
        #expect((report["timings"] as? [[String: Any]])?.contains { $0["modelled_seconds"] is Double } == true)
        for name in ["report.html", "plan.json", "generator-0.safetensors"] {
            #expect(FileManager.default.fileExists(atPath: "\(folder.path)/got/\(name)"), "\(name) is missing")
        }
    }

    @Test func aWorkerThatDoesNotMatchIsToldWhyAndTheRunSaysWhatIsMissing() throws {
        try core()
        try worker(1)
        try worker(2, ["--tag", "site=paris"])
        try submit(
            "berlin",
            "fleet: [ { tier: small, workers: 2 } ]\nrounds: 1\nsteps_per_round: 1\nrequires: { small: { tags: { site: berlin } } }\n"
        )
        try wait("berlin", "it waits") {
            ($0["awaited"] as? [String]) == ["2 of tier small: 0 of 2 match site=berlin"]
        }
        #expect(running["w2"]?.wait { $0.errors.contains("this worker has site=paris") } == true)
        try worker(3, ["--tag", "site=berlin"])
        try wait("berlin", "one more is wanted") {
            ($0["awaited"] as? [String]) == ["1 more of tier small: 1 of 3 match site=berlin"]
        }
        // The next run in the queue gets its turn when the one that waits is stopped.
        try submit("anyone", "fleet: [ { tier: small, workers: 3 } ]\nrounds: 2\nsteps_per_round: 2\n")
        #expect(try oxbow("stop", "berlin").contains("stopped"))
        try wait("anyone", "it finishes") { $0["state"] as? String == "finished" }
        try checkTrace("anyone")
    }
}
