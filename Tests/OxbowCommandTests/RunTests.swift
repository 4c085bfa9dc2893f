import Foundation
import Testing

/// `oxbow run` with real processes over ZeroMQ.
@Suite(.serialized) struct RunTests {
    private let cache: TemporaryFolder
    private let data: SyntheticData
    private let out: TemporaryFolder

    init() throws {
        cache = try TemporaryFolder()
        data = try SyntheticData()
        out = try TemporaryFolder()
    }

    private var environment: [String: String] { ["XDG_CACHE_HOME": cache.path] }

    private func report(_ folder: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/report.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func aRunLeavesWhatTheInterfacePromises() throws {
        let folder = out.path + "/a"
        let result = try Oxbow.run(data.runArguments(out: folder), environment: environment)
        #expect(result.code == 0, "\(result.errors)")
        let report = try report(folder)
        #expect((report["state_hash"] as? String)?.count == 64)
        #expect((report["rounds"] as? [[String: Any]])?.count == 2)
        let domains = try #require(report["domains"] as? [String: [String: Any]])
        #expect(domains["bars"]?["image_score"] as? Double ?? 0 >= 1)
        let rounds = try #require(report["rounds"] as? [[String: Any]])
        for key in ["round", "steps", "seconds", "hash", "clusters", "weights", "divergence", "loss", "bytes", "seconds_by"] {
            #expect(rounds[0][key] != nil, "\(key) is missing")
        }
        for file in [
            "report.html", "tensorboard", "plan.json", "log.jsonl", "generator-0.safetensors", "samples/bars-round-002.png",
        ] {
            #expect(FileManager.default.fileExists(atPath: "\(folder)/\(file)"), "\(file) is missing")
        }
        #expect(leftovers(folder) == [])
    }

    @Test func oneSeedGivesOneHashOverIpcAndTcp() throws {
        var hashes: [String?] = []
        for (name, more) in [("a", []), ("b", ["--transport", "tcp"]), ("c", ["--seed", "2"])] as [(String, [String])] {
            let folder = "\(out.path)/\(name)"
            let result = try Oxbow.run(data.runArguments(out: folder) + more, environment: environment)
            #expect(result.code == 0, "\(result.errors)")
            hashes.append(try report(folder)["state_hash"] as? String)
        }
        #expect(hashes[0] == hashes[1])
        #expect(hashes[0] != hashes[2])
    }

    @Test func anInterruptEndsCleanlyAndKeepsWhatIsThere() throws {
        let folder = out.path + "/a"
        let run = try Oxbow.start(
            data.runArguments(out: folder) + ["--set", "rounds=100000"], environment: environment)
        #expect(run.wait { _ in text(folder + "/log.jsonl").contains("note\\\":{\\\"barrier") })
        run.signal(SIGINT)
        let result = run.finish()
        #expect(result.code == 130, "\(result.errors)")
        let rounds = try report(folder)["rounds"] as? [[String: Any]]
        #expect(rounds?.isEmpty == false)
        #expect(text(folder + "/report.html").contains("Stopped: "))
        #expect(FileManager.default.fileExists(atPath: folder + "/generator-0.safetensors"))
        #expect(leftovers(folder) == [])
    }

    @Test func anInterruptedClassificationLeavesTheScores() throws {
        let folder = out.path + "/a"
        let endless = ["classification=true", "classification_images=1000000", "classification_epochs=1000"]
        let run = try Oxbow.start(
            data.runArguments(out: folder) + endless.flatMap { ["--set", "evaluation.\($0)"] }, environment: environment)
        #expect(run.wait { $0.errors.contains("classifiers to train") })
        run.signal(SIGINT)
        let result = run.finish()
        #expect(result.code == 130, "\(result.errors)")
        let domain = (try report(folder)["domains"] as? [String: [String: Any]])?["bars"]
        #expect(domain?["fid"] is Double && domain?["classification"] == nil)
        #expect((domain?["per_worker"] as? [Any])?.count == 2)
        #expect(FileManager.default.fileExists(atPath: folder + "/generator-0.safetensors"))
    }

    @Test func aKilledWorkerComesBackAndTheHashIsTheSame() throws {
        let undisturbed = out.path + "/a"
        let more = ["--set", "rounds=12", "--set", "steps_per_round=4"]
        _ = try Oxbow.run(data.runArguments(out: undisturbed) + more, environment: environment)
        let folder = out.path + "/b"
        let run = try Oxbow.start(data.runArguments(out: folder) + more, environment: environment)
        #expect(run.wait { _ in text(folder + "/log.jsonl").contains("note\\\":{\\\"barrier") })
        let line = text(folder + "/log.jsonl").split(separator: "\n").first { $0.contains("started small-1") }
        let number = try #require(line?.split(separator: "process ").last?.prefix { $0.isNumber })
        kill(try #require(pid_t(number)), SIGKILL)
        let result = run.finish()
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.errors.contains("started anew") || result.errors.isEmpty == false)
        #expect(try report(folder)["state_hash"] as? String == report(undisturbed)["state_hash"] as? String)
    }

    /// The planner's cuts of one run, imposed on another: the same bits, whatever that one's planner would choose.
    @Test func aPlanCanBeImposed() throws {
        let more = ["--set", "fleet=[{ tier: a, workers: 1 }, { tier: device3, workers: 1 }]"]
        let first = out.path + "/a"
        let planned = try Oxbow.run(data.runArguments(out: first) + more, environment: environment)
        #expect(planned.code == 0, "\(planned.errors)")
        let other = more + ["--set", "scheduler.planner=uniform", "--plan", first + "/plan.json"]
        let second = out.path + "/b"
        let imposed = try Oxbow.run(data.runArguments(out: second) + other, environment: environment)
        #expect(imposed.code == 0, "\(imposed.errors)")
        #expect(try report(first)["state_hash"] as? String == report(second)["state_hash"] as? String)
        let wrong = try Oxbow.run(
            data.runArguments(out: out.path + "/c") + ["--plan", first + "/plan.json"], environment: environment)
        #expect(wrong.code == 2 && wrong.sentence.contains("Unable to impose"), "\(wrong.errors)")
        let none = try Oxbow.run(
            data.runArguments(out: out.path + "/c") + ["--plan", first + "/report.json"], environment: environment)
        #expect(none.code == 2 && none.sentence.contains("no plan.json"), "\(none.errors)")
    }

    /// Two emulated devices: the cost model's expectation stands beside what was measured.
    @Test func anEmulatedFleetKeepsTheModelledPace() throws {
        let fleet = "fleet=[{ tier: a, workers: 1, emulate: device1 }, { tier: b, workers: 1, emulate: pi4 }]"
        let folder = out.path + "/a"
        let result = try Oxbow.run(
            data.runArguments(out: folder) + ["--set", fleet, "--set", "core={ emulate: server }"], environment: environment)
        #expect(result.code == 0, "\(result.errors)")
        let timings = try #require(try report(folder)["timings"] as? [[String: Any]])
        let pairs = timings.compactMap { timing -> (Double, Double)? in
            guard let modelled = timing["modelled_seconds"] as? Double, let measured = timing["measured_seconds"] as? Double
            else { return nil }
            return (modelled, measured)
        }
        // A machine that is busy can only be slower than the device; how much is no matter of a test.
        #expect(pairs.count >= 12 && pairs.allSatisfy { $0.1 > 0.9 * $0.0 }, "\(pairs)")
    }

    private func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    /// Processes that still work for the run in this folder.
    private func leftovers(_ folder: String) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { Int($0) != nil }.filter { text("/proc/\($0)/cmdline").contains(folder) }
    }
}
