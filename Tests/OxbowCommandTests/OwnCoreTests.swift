import Foundation
import OxbowRuntime
import Testing

@testable import oxbow

/// `oxbow broker --with-core`: the core as a process of the broker's.
@Suite(.serialized) final class OwnCoreTests {
    private let folder: TemporaryFolder
    private let data: SyntheticData
    private let state: String
    private let cache: [String: String]
    private var processes: [Oxbow.Running] = []

    init() throws {
        folder = try TemporaryFolder()
        data = try SyntheticData()
        state = folder.path + "/state"
        cache = ["XDG_CACHE_HOME": folder.path + "/cache", "OXBOW_JOIN_FILE": "/nowhere"]
    }

    deinit {
        for process in processes { process.signal(SIGKILL) }
        for core in cores() { kill(core, SIGKILL) }
    }

    // MARK: Processes

    private func broker(_ more: [String] = [], bind: String = "tcp://127.0.0.1:*") throws -> (Oxbow.Running, String) {
        let broker = try Oxbow.start(
            ["broker", "--bind", bind, "--with-core", "--state", state] + more, environment: cache)
        processes.append(broker)
        return (broker, try broker.field("endpoint"))
    }

    private func worker(_ name: String, _ arguments: [String]) throws {
        let common = ["worker", "--id", name, "--data", data.path, "--domain", "bars", "--state", folder.path + "/" + name]
        processes.append(try Oxbow.start(common + arguments, environment: ["XDG_CACHE_HOME": folder.path + "/cache"]))
    }

    /// The cores of this test that are alive: those that were told a folder below ours.
    private func cores() -> [pid_t] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { pid_t($0) }.filter { process in
            let words = (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8))?.split(separator: "\0") ?? []
            return words.contains("worker") && words.contains { $0.hasPrefix(state + "/core") }
        }
    }

    private func waitForNoCore(_ seconds: Double) -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        while !cores().isEmpty { if Date() > deadline { return false } else { usleep(50_000) } }
        return true
    }

    private func experiment(rounds: Int) throws -> String {
        try folder.write(
            "run.yaml",
            """
            model: { width: 0.0625, batch: 4 }
            data: { domains: [bars] }
            fleet: [ { tier: small, workers: 2, domain: bars, cuts: [0, 0, 0, 0] } ]
            rounds: \(rounds)
            steps_per_round: 2
            """)
    }

    private func tokens() throws -> [[String: Any]] {
        let text = try Oxbow.run(["keys", "list", "--state", state, "--format", "json"]).output
        let all = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [[String: Any]]])
        return (all["tokens"] ?? []).filter { ($0["roles"] as? [String]) == ["core"] }
    }

    // MARK: Tests

    /// It enrols by itself, once; comes back when it is killed; goes with the broker, and is the same one with the next.
    @Test func itTrainsAFleetAndComesBack() throws {
        let (broker, endpoint) = try broker()
        let options = ["--connect", endpoint, "--key", state + "/operator.key", "--timeout", "100"]
        let token = try Oxbow.token(state, ["--tier", "small", "--uses", "2"])
        for name in ["w1", "w2"] { try worker(name, ["--connect", endpoint, "--join", token]) }
        #expect(broker.wait { $0.errors.contains("id=core member=core-0") }, "\(broker.errors)")
        let submitted = try Oxbow.run(
            ["submit", try experiment(rounds: 60), "--name", "run", "--image", "16x16x1", "--classes", "4"] + options)
        #expect(submitted.code == 0, "\(submitted.errors)")
        let run = state + "/runs/run"
        #expect(broker.wait { _ in Oxbow.barriers(ofRun: run) >= 2 }, "\(broker.errors)")
        let first = try #require(cores().first)
        #expect(cores().count == 1)
        kill(first, SIGKILL)
        #expect(
            broker.wait { $0.errors.contains("the core ended; it is started anew reason=it was ended by signal 9 seconds=1") })
        #expect(broker.wait { _ in cores().first.map { $0 != first } ?? false })
        let watched = try Oxbow.run(["status", "run", "--watch"] + options)
        #expect(
            watched.code == 0 && watched.output.contains("run finished"), "\(watched.output)\(watched.errors)\(broker.errors)")
        // Asked to end, neither leaves anything behind.
        broker.signal(SIGTERM)
        #expect(broker.finish().code == 0, "\(broker.errors)")
        #expect(cores().isEmpty)
        let key = try String(contentsOfFile: state + "/core/worker.key", encoding: .utf8)
        // The next one: the same key, and no second token.
        let (next, _) = try self.broker(bind: endpoint)
        #expect(next.wait { $0.errors.contains("id=core member=core-0") }, "\(next.errors)")
        #expect(try String(contentsOfFile: state + "/core/worker.key", encoding: .utf8) == key)
        let made = try tokens()
        #expect(made.count == 1 && made[0]["uses"] as? Int == 1 && made[0]["used"] as? Int == 1, "\(made)")
        #expect(!FileManager.default.fileExists(atPath: state + "/core/join.token"))
        #expect(!(broker.errors + next.errors).contains("oxbow-join-1"))
        // Revoked and removed while the broker runs: another core enrols.
        #expect(try Oxbow.run(["keys", "revoke", "core", "--state", state]).code == 0)
        try FileManager.default.removeItem(atPath: state + "/core")
        #expect(next.wait { $0.errors.components(separatedBy: "joined id=core ").count > 2 }, "\(next.errors)")
        #expect(try tokens().count == 2)
        // Killed, it takes its core with it.
        #expect(cores().count == 1)
        next.signal(SIGKILL)
        _ = next.finish()
        #expect(waitForNoCore(40))
    }

    /// Over ipc nothing is encrypted; a core without a state folder of the broker has one for as long as it needs it.
    @Test func withoutKeysAndForOneRun() throws {
        let socket = "ipc://" + folder.path + "/s"
        let temporary = folder.path + "/tmp"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        let broker = try Oxbow.start(
            [
                "broker", "--bind", socket, "--with-core", "--experiment", try experiment(rounds: 2), "--image", "16x16x1",
                "--classes", "4",
            ], environment: cache.merging(["TMPDIR": temporary]) { _, new in new })
        processes.append(broker)
        #expect(try broker.field("endpoint") == socket)
        for name in ["w1", "w2"] { try worker(name, ["--connect", socket]) }
        if !broker.wait(until: { !$0.process.isRunning }) { broker.signal(SIGKILL) }
        let result = broker.finish()
        #expect(result.code == 0, "\(result.errors)")
        #expect(!result.errors.contains("started anew"), "\(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty, "its states are gone")
    }

    @Test func pausesGrowUntilItLives() {
        var pause = RestartPause()
        #expect((0..<8).map { _ in pause.seconds(afterLife: 0.5) } == [1, 2, 4, 8, 16, 32, 60, 60])
        #expect(pause.seconds(afterLife: 61) == 1 && pause.seconds(afterLife: 0) == 2)
    }

    @Test func itDialsWhereTheBrokerListens() {
        #expect(Endpoint.onThisMachine("tcp://0.0.0.0:5555") == "tcp://127.0.0.1:5555")
        #expect(Endpoint.onThisMachine("tcp://[::]:5555") == "tcp://[::1]:5555")
        for same in ["tcp://192.0.2.1:5555", "ipc:///run/oxbow"] { #expect(Endpoint.onThisMachine(same) == same) }
    }

    @Test func aSupervisorsBrokerHasNone() throws {
        let result = try Oxbow.run([
            "broker", "--closed", "--with-core", "--state", state, "--bind", "ipc://" + folder.path + "/s",
        ])
        #expect(result.code == 2 && result.sentence.contains("--with-core"), "\(result.errors)")
    }
}
