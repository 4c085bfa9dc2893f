import Foundation
import OxbowRuntime
import Testing
import ZeroMQ

/// `oxbow submit`, `ls`, `status`, `logs`, `stop` and `fetch` at a real broker over TCP.
@Suite(.serialized) final class SteerTests {
    private let folder: TemporaryFolder
    private let broker: Oxbow.Running
    private let options: [String]

    init() throws {
        folder = try TemporaryFolder()
        (broker, _, options) = try Oxbow.startFleetBroker(state: folder.path + "/state")
    }

    deinit { broker.signal(SIGKILL) }

    private func oxbow(_ arguments: String...) throws -> Oxbow.Result { try Oxbow.run(arguments + options) }

    private func expect(_ code: Int32, _ words: [String], _ result: Oxbow.Result) {
        #expect(result.code == code, "\(result.errors)")
        #expect(result.sentence.hasPrefix("oxbow: Unable to "), "\(result.errors)")
        for word in words { #expect(result.sentence.contains(word), "'\(word)' is not in \(result.errors)") }
    }

    private func experiment() throws -> String {
        try folder.write(
            "e.yaml",
            """
            rounds: 1
            steps_per_round: 1
            data: { dir: /private/place, domains: [secret_domain] }
            fleet: [ { tier: nowhere, workers: 1, domain: secret_domain } ]
            """)
    }

    @Test func anIdleFleetIsShown() throws {
        let list = try oxbow("ls")
        #expect(list.code == 0 && list.output == "no runs\n", "\(list.errors)")
        let status = try oxbow("status")
        #expect(status.code == 0 && status.output.contains("no run under way"), "\(status.errors)")
        let json = try oxbow("status", "--format", "json")
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect((object?["runs"] as? [Any])?.isEmpty == true && object?["members"] is [Any])
    }

    @Test func whatIsNotThereIsSaidInOneSentence() throws {
        expect(2, ["no run 'none'", "oxbow ls"], try oxbow("stop", "none"))
        expect(2, ["no run 'none'"], try oxbow("logs", "none"))
        expect(2, ["no run 'none'"], try oxbow("status", "none"))
        expect(2, ["no run 'none'"], try oxbow("fetch", "none", "--out", folder.path + "/out"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/out"))
        expect(2, ["cannot be a run's name"], try oxbow("logs", "../x"))
        let absent = ["ls", "--connect", "tcp://127.0.0.1:9", "--key", folder.path + "/state/operator.key", "--timeout", "0.2"]
        expect(5, ["no broker answered"], try Oxbow.run(absent))
        expect(2, ["--insecure-anywhere"], try Oxbow.run(["ls", "--insecure", "--connect", "tcp://example.invalid:5555"]))
    }

    @Test func onlyTheKeyOpens() throws {
        let broker = try String(contentsOfFile: folder.path + "/state/keys/broker.pub", encoding: .utf8)
        let known = try #require(CurveKey(hex: broker.trimmingCharacters(in: .whitespacesAndNewlines)))
        let path = try folder.write("other.key", KeyToken(.operator, broker: known, pair: KeyPair()).text)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let place = Array(options.prefix(2))
        expect(6, ["does not know this key", "operator.key"], try Oxbow.run(["ls", "--key", path] + place))
        expect(6, ["does not know this key"], try Oxbow.run(["stop", "x", "--key", path] + place))
        expect(4, ["there is no such file"], try Oxbow.run(["ls", "--key", folder.path + "/none"] + place))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        expect(4, ["others may read it"], try Oxbow.run(["ls", "--key", path] + place))
        let environment = ["OXBOW_OPERATOR_KEY_FILE": folder.path + "/state/operator.key"]
        #expect(try Oxbow.run(["ls"] + place, environment: environment).code == 0)
    }

    @Test func aSubmissionIsCheckedStrippedAndKept() throws {
        let file = try experiment()
        expect(2, ["rounds"], try oxbow("submit", file, "--set", "rounds=0"))
        #expect(try oxbow("submit", file, "--name", "base").output == "base\n")
        #expect(try oxbow("submit", file, "--name", "base").output == "base-2\n")
        let bare = try folder.write("bare.yaml", "fleet: [ { tier: nowhere } ]\n")
        let lone = try oxbow("submit", bare, "--name", "lone")
        #expect(lone.code == 0 && lone.output == "lone\n", "a fleet's entries need no domain: \(lone.errors)")
        let list = try oxbow("ls", "--format", "json").output
        let runs = try #require(try JSONSerialization.jsonObject(with: Data(list.utf8)) as? [[String: Any]])
        #expect(runs.compactMap { $0["id"] as? String } == ["base", "base-2", "lone"])
        let out = folder.path + "/out"
        #expect(try oxbow("fetch", "base", "--out", out).code == 0)
        let kept = try String(contentsOfFile: out + "/experiment.yaml", encoding: .utf8)
        #expect(kept.contains("nowhere") && !kept.contains("secret_domain") && !kept.contains("/private/place"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: out).allSatisfy { !$0.hasPrefix(".") })
        expect(2, ["has no file 'none'"], try oxbow("fetch", "base", "--out", out, "--file", "none"))
    }

    /// Who watches a run is told that its broker went; the run goes on when the broker is started again.
    @Test func aBrokerThatIsStoppedLeavesItsRunsToTheNext() throws {
        #expect(try oxbow("submit", try experiment(), "--name", "base").code == 0)
        let short = Array(options.dropLast()) + ["3"]
        let watch = try Oxbow.start(["status", "base", "--watch"] + short)
        let follow = try Oxbow.start(["logs", "base", "--follow"] + short)
        #expect(watch.wait { $0.output.contains("base waiting") } && follow.wait { $0.output.contains("run base begins") })
        broker.signal(SIGTERM)
        #expect(broker.finish().code == 0)
        for result in [watch.finish(), follow.finish()] {
            #expect(result.code == 5 && result.sentence.hasPrefix("oxbow: Unable to "), "\(result.errors)")
        }
        let next = try Oxbow.start(["broker", "--bind", options[1], "--state", folder.path + "/state"])
        defer { next.signal(SIGKILL) }
        #expect(next.wait { $0.errors.contains("endpoint=") })
        let list = try oxbow("ls").output
        #expect(list.contains("base") && list.contains("waiting"), "\(list)")
        #expect(try oxbow("stop", "base").output.contains("stopped"))
    }

    @Test func aBrokerWithoutStateServesNoOperators() throws {
        let file = try experiment()
        let (other, endpoint) = try Oxbow.startBroker(["--experiment", file])
        defer { other.signal(SIGKILL) }
        expect(6, ["--state"], try Oxbow.run(["ls", "--connect", endpoint, "--insecure"] + options.suffix(4)))
        expect(6, ["encrypted"], try Oxbow.run(["ls", "--connect", endpoint] + options.suffix(4)))
        expect(6, ["encrypted"], try Oxbow.run(["ls", "--insecure"] + options))
        #expect(try Oxbow.run(["broker", "--bind", "tcp://127.0.0.1:*"]).code == 2)
    }

    @Test func helpHasAnExample() throws {
        for command in ["submit", "ls", "status", "logs", "stop", "fetch"] {
            let help = try Oxbow.run([command, "--help"])
            #expect(help.code == 0 && help.output.contains("Example: oxbow \(command)"), "\(command)")
        }
    }
}

/// A broker, a core and two workers as processes, over TCP.
@Suite(.serialized) final class SteeredFleetTests {
    private let folder: TemporaryFolder
    private let data: SyntheticData
    private let options: [String]
    private var processes: [Oxbow.Running] = []

    init() throws {
        folder = try TemporaryFolder()
        data = try SyntheticData()
        let state = folder.path + "/state"
        let (broker, endpoint, options) = try Oxbow.startFleetBroker(state: state, timeout: 100)
        self.options = options
        let cache = ["XDG_CACHE_HOME": folder.path + "/cache"]
        let worker = ["worker", "--connect", endpoint, "--join", try Oxbow.token(state)]
        processes = [broker, try Oxbow.start(worker + ["--role", "core", "--state", folder.path + "/core"], environment: cache)]
        for number in 1...2 {
            let more = [
                "--id", "w\(number)", "--tier", "small", "--data", data.path, "--domain", "bars", "--shard", "\(number)/2",
            ]
            processes.append(
                try Oxbow.start(worker + more + ["--state", folder.path + "/w\(number)"], environment: cache))
        }
    }

    deinit { for process in processes { process.signal(SIGKILL) } }

    private func oxbow(_ arguments: String...) throws -> Oxbow.Result { try Oxbow.run(arguments + options) }

    private func submit(_ name: String, rounds: Int, _ more: [String] = []) throws -> Oxbow.Result {
        let file = try folder.write(
            "\(name).yaml",
            """
            model: { width: 0.1, batch: 8 }
            data: { domains: [bars] }
            fleet: [ { tier: small, workers: 2, domain: bars } ]
            rounds: \(rounds)
            steps_per_round: 2
            """)
        return try Oxbow.run(["submit", file, "--name", name, "--image", "16x16x1", "--classes", "4"] + more + options)
    }

    @Test func itRunsWhatIsSubmittedOneAfterTheOtherUntilItIsStopped() throws {
        let first = try submit("first", rounds: 2, ["--watch"])
        #expect(first.code == 0 && first.output.hasPrefix("first\n") && first.output.contains("finished"), "\(first.errors)")
        let out = folder.path + "/out"
        #expect(try oxbow("fetch", "first", "--out", out).code == 0)
        for file in ["report.json", "report.html", "plan.json", "log.jsonl", "experiment.yaml", "generator-0.safetensors"] {
            #expect(FileManager.default.fileExists(atPath: "\(out)/\(file)"), "\(file) is missing")
        }
        let log = try oxbow("logs", "first")
        #expect(log.output.contains("round 2 committed by 3 members") && log.output.contains("ended: finished"), "\(log.output)")
        #expect(try submit("endless", rounds: 100_000).code == 0)
        #expect(try submit("queued", rounds: 1).code == 0)
        let watch = try Oxbow.start(["status", "endless", "--watch"] + options)
        #expect(watch.wait { $0.output.contains("endless running") })
        #expect(try oxbow("stop", "queued").output.contains("run queued stopped before it began"))
        // Another thread writes it down.
        #expect(processes[0].wait { _ in (try? oxbow("logs", "queued").output.contains("ended: stopped")) == true })
        let stop = try oxbow("stop", "endless", "--reason", "enough")
        #expect(stop.code == 0, "\(stop.errors)")
        for member in ["worker-0", "worker-1", "core-0"] { #expect(stop.output.contains(member), "\(stop.output)") }
        let watched = watch.finish()
        #expect(watched.code == 130 && watched.errors.contains("stopped: enough"), "\(watched.errors)")
        #expect(try oxbow("stop", "endless").output.contains("had ended: stopped"))
        let list = try oxbow("ls").output
        #expect(list.split(separator: "\n").count == 4 && list.contains("enough"), "\(list)")
        processes[0].signal(SIGTERM)
        #expect(processes[0].finish().code == 0)
    }
}
