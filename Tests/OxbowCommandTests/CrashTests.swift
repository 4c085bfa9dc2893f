import Foundation
import Testing

/// `kill -9` in real runs, and what disks do to journals and states: the run goes on, and ends with the undisturbed bits.
@Suite(.serialized) final class CrashTests {
    private let cache: TemporaryFolder
    private let data: SyntheticData
    private let out: TemporaryFolder

    init() throws {
        cache = try TemporaryFolder()
        data = try SyntheticData()
        out = try TemporaryFolder()
    }

    private func arguments(_ folder: String) -> [String] {
        data.runArguments(out: folder) + ["--set", "rounds=10", "--set", "steps_per_round=4", "--set", "evaluation.samples=0"]
    }

    private func start(_ arguments: [String]) throws -> Oxbow.Running {
        try Oxbow.start(arguments, environment: ["XDG_CACHE_HOME": cache.path])
    }

    private func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    private func hash(_ folder: String) throws -> String? {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/report.json"))
        return (try JSONSerialization.jsonObject(with: data) as? [String: Any])?["state_hash"] as? String
    }

    private func barriers(_ folder: String) -> Int {
        text(folder + "/log.jsonl").components(separatedBy: "note\\\":{\\\"barrier").count - 1
    }

    /// The processes of a run that its log names last.
    private func processes(_ folder: String) -> [String: pid_t] {
        let started = text(folder + "/log.jsonl").matches(of: /started ([a-z0-9-]+), process ([0-9]+)/)
        return Dictionary(started.map { (String($0.1), pid_t($0.2) ?? 0) }) { $1 }
    }

    private func resume(_ folder: String) throws -> Oxbow.Result { try start(["run", "--resume", folder]).finish() }

    private func copy(_ folder: String, _ name: String) throws -> String {
        try FileManager.default.copyItem(atPath: folder, toPath: "\(out.path)/\(name)")
        return "\(out.path)/\(name)"
    }

    /// One undisturbed run for all that is tried.
    @Test func whateverIsKilledOrDamagedTheBitsAreTheSame() throws {
        let calm = out.path + "/calm"
        let result = try start(arguments(calm)).finish()
        #expect(result.code == 0, "\(result.errors)")
        let undisturbed = try #require(try hash(calm))
        try killOneAfterTheOther(undisturbed)
        let killed = try killAll()
        try goOn(try copy(killed, "plain"), undisturbed)
        try tornJournal(try copy(killed, "torn"), undisturbed)
        try damagedJournal(try copy(killed, "damaged"))
        try damagedState(try copy(killed, "state"), undisturbed)
        try finishedWithoutReport(calm, undisturbed)
    }

    private func killOneAfterTheOther(_ undisturbed: String) throws {
        let folder = out.path + "/kills"
        let run = try start(arguments(folder))
        for name in ["broker", "core", "small-1"] {
            let before = barriers(folder)
            #expect(run.wait { _ in barriers(folder) > before }, "\(name): no barrier")
            kill(try #require(processes(folder)[name]), SIGKILL)
        }
        let result = run.finish()
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.errors.components(separatedBy: "started anew").count == 4, "\(result.errors)")
        #expect(try hash(folder) == undisturbed)
    }

    /// The supervisor and all its processes, after some barriers.
    private func killAll() throws -> String {
        let folder = out.path + "/killed"
        let run = try start(arguments(folder))
        #expect(run.wait { _ in barriers(folder) >= 3 })
        let children = processes(folder)
        #expect(children.count == 4 && children["broker"] != nil && children["core"] != nil, "\(children)")
        for pid in [run.process.processIdentifier] + children.values { kill(pid, SIGKILL) }
        _ = run.finish()
        return folder
    }

    private func goOn(_ folder: String, _ undisturbed: String) throws {
        let result = try resume(folder)
        #expect(result.code == 0 && result.errors.contains("all go on from the barrier of round"), "\(result.errors)")
        #expect(try hash(folder) == undisturbed)
        let generators = try FileManager.default.contentsOfDirectory(atPath: folder + "/state/generators")
        #expect(Set(generators.map { $0.split(separator: "-")[1] }) == ["00009", "00010"], "\(generators)")
        let again = try resume(folder)
        #expect(again.code == 2 && again.sentence.contains("that run is finished"), "\(again.errors)")
    }

    private func tornJournal(_ folder: String, _ undisturbed: String) throws {
        let path = folder + "/state/broker/journal.jsonl"
        var lines = text(path).split(separator: "\n").map(String.init)
        let last = lines.removeLast()
        try Data((lines.joined(separator: "\n") + "\n" + last.prefix(last.count / 2)).utf8).write(to: URL(fileURLWithPath: path))
        let result = try resume(folder)
        #expect(result.code == 0 && result.errors.contains("last line was cut short"), "\(result.errors)")
        #expect(try hash(folder) == undisturbed)
    }

    private func damagedJournal(_ folder: String) throws {
        let path = folder + "/state/broker/journal.jsonl"
        var lines = text(path).split(separator: "\n").map(String.init)
        lines[lines.count / 2] = lines[lines.count / 2].replacingOccurrences(of: "{", with: "[")
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        let before = text(path)
        let result = try resume(folder)
        #expect(result.code == 4 && result.sentence.contains("line \(lines.count / 2 + 1) is damaged"), "\(result.errors)")
        #expect(text(path) == before, "a damaged journal is left as it is")
    }

    /// The newest state of the core: the barrier before is used.
    private func damagedState(_ folder: String, _ undisturbed: String) throws {
        let states = folder + "/state/core"
        let rounds = try FileManager.default.contentsOfDirectory(atPath: states).compactMap { name in
            name.hasSuffix(".safetensors") ? name.split(separator: ".")[0].split(separator: "-").last.flatMap { Int($0) } : nil
        }
        let newest = try #require(rounds.max())
        let name = try #require(
            FileManager.default.contentsOfDirectory(atPath: states).first { $0.hasSuffix("-\(newest).safetensors") })
        var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(states)/\(name)"))
        bytes[bytes.count - 100] ^= 1
        try bytes.write(to: URL(fileURLWithPath: "\(states)/\(name)"))
        let result = try resume(folder)
        #expect(result.code == 0 && result.errors.contains("its checksum is wrong"), "\(result.errors)")
        #expect(result.errors.contains("all go on from the barrier of round \(newest - 1);"), "\(result.errors)")
        #expect(try hash(folder) == undisturbed)
    }

    /// Killed when all was trained and nothing was reported: nothing is trained again.
    private func finishedWithoutReport(_ folder: String, _ undisturbed: String) throws {
        func orders() -> Int { text(folder + "/log.jsonl").components(separatedBy: "note\\\":{\\\"ordered").count }
        let before = orders()
        try FileManager.default.removeItem(atPath: folder + "/report.json")
        let result = try resume(folder)
        #expect(result.code == 0, "\(result.errors)")
        #expect(try hash(folder) == undisturbed && orders() == before)
        // The same if the broker died before anybody heard of the end.
        try FileManager.default.removeItem(atPath: folder + "/report.json")
        let unheard = text(folder + "/log.jsonl").split(separator: "\n").filter {
            !$0.contains("note\\\":{\\\"ended") && !$0.contains("{\\\"barrier\\\":{\\\"round\\\":10")
        }
        #expect(unheard.count < text(folder + "/log.jsonl").split(separator: "\n").count)
        try Data((unheard.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: folder + "/log.jsonl"))
        let silent = try resume(folder)
        #expect(silent.code == 0, "\(silent.errors)")
        #expect(try hash(folder) == undisturbed && orders() == before)
    }

    @Test func nothingToResumeIsSaid() throws {
        let empty = try resume(out.path)
        #expect(empty.code == 4 && empty.sentence.contains("it holds no run that was begun"), "\(empty.errors)")
        let none = try resume(out.path + "/none")
        #expect(none.code == 4 && none.sentence.contains("it holds no run that was begun"), "\(none.errors)")
    }

    /// Two brokers would damage one journal.
    @Test func aJournalHasOneBroker() throws {
        let state = out.path + "/state"
        let first = try start(["broker", "--bind", "tcp://127.0.0.1:*", "--state", state])
        defer { first.signal(SIGKILL) }
        #expect(first.wait { $0.errors.contains("endpoint=") })
        let second = try start(["broker", "--bind", "tcp://127.0.0.1:*", "--state", state])
        defer { second.signal(SIGKILL) }
        // It gives the first a moment to end, and takes over then.
        Thread.sleep(forTimeInterval: 0.5)
        #expect(!second.errors.contains("endpoint="))
        first.signal(SIGKILL)
        #expect(second.wait { $0.errors.contains("endpoint=") }, "\(second.errors)")
    }
}
