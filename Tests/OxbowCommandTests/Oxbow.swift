import Foundation
import Testing

/// The built executable, as a person would start it.
enum Oxbow {
    struct Result {
        var code: Int32
        var output: String
        var errors: String
        /// What is said last to standard error.
        var sentence: String { errors.split(separator: "\n").last.map(String.init) ?? "" }
    }

    /// `ops/test.sh` names the executable; otherwise the one beside the tests' build.
    static let path: String = {
        if let named = ProcessInfo.processInfo.environment["OXBOW_EXECUTABLE"] { return named }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let built = [".build-test/release", ".build/release", ".build/debug"].map { "\(root)/\($0)/oxbow" }
        return built.first { FileManager.default.isExecutableFile(atPath: $0) } ?? built[0]
    }()

    static func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Running {
        try Running(arguments, environment)
    }

    /// Runs to the end.
    static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Result {
        try start(arguments, environment: environment).finish()
    }

    /// A join token of the broker with this state folder, for whatever a test needs.
    static func token(_ state: String, _ more: [String] = ["--role", "edge", "--role", "core", "--uses", "100"]) throws -> String
    {
        try run(["keys", "new", "--state", state] + more).output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A broker on a free port of loopback, and where it listens.
    static func startBroker(
        _ arguments: [String], isEncrypted: Bool = false
    ) throws -> (process: Running, endpoint: String) {
        let broker = try start(["broker", "--bind", "tcp://127.0.0.1:*"] + (isEncrypted ? [] : ["--insecure"]) + arguments)
        #expect(broker.wait { $0.errors.contains("endpoint=") }, "\(broker.errors)")
        let line = broker.errors.split(separator: "\n").first { $0.contains("endpoint=") }
        return (broker, String(try #require(line?.split(separator: "endpoint=").last)))
    }

    /// The same for a fleet, with what operators' commands need; `--key` and `--timeout` with their values come last.
    static func startFleetBroker(state: String, timeout: Int = 60, isEncrypted: Bool = true) throws -> (
        process: Running, endpoint: String, options: [String]
    ) {
        let (broker, endpoint) = try startBroker(["--state", state], isEncrypted: isEncrypted)
        let connection = ["--connect", endpoint] + (isEncrypted ? [] : ["--insecure"])
        return (broker, endpoint, connection + ["--key", state + "/operator.key", "--timeout", "\(timeout)"])
    }

    /// The process of the broker that `oxbow run` started for this folder.
    static func broker(ofRun folder: String) -> pid_t? {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { pid_t($0) }.first { process in
            let words = (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8))?.split(separator: "\0") ?? []
            return words.dropFirst().first == "broker" && words.contains { $0.hasPrefix(folder + "/") }
        }
    }

    /// How many barriers the log of a run's folder tells.
    static func barriers(ofRun folder: String) -> Int {
        let log = (try? String(contentsOfFile: folder + "/log.jsonl", encoding: .utf8)) ?? ""
        // A broker's own lines, or those that a supervisor keeps as texts.
        return log.replacingOccurrences(of: "\\", with: "").components(separatedBy: "note\":{\"barrier").count - 1
    }

    /// An object in JSON.
    static func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
    }

    /// A process under way; its output is collected in files, so that it never waits for a reader.
    final class Running {
        let process = Process()
        private let folder: TemporaryFolder

        init(_ arguments: [String], _ environment: [String: String]) throws {
            folder = try TemporaryFolder()
            process.executableURL = URL(fileURLWithPath: Oxbow.path)
            process.arguments = arguments
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try folder.handle("out")
            process.standardError = try folder.handle("err")
            try process.run()
        }

        var errors: String { folder.text("err") }
        var output: String { folder.text("out") }

        func signal(_ number: Int32) { kill(process.processIdentifier, number) }

        /// Whether it has a handler for SIGINT, which then does not end it at once.
        var handlesInterrupts: Bool {
            let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
            let mask = line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
            return mask & 1 << UInt64(SIGINT - 1) != 0
        }

        func finish() -> Result {
            process.waitUntilExit()
            return Result(code: process.terminationStatus, output: output, errors: errors)
        }

        /// Waits until the condition holds or the process ends; false if it never held within two minutes.
        func wait(until condition: (Running) -> Bool) -> Bool {
            let deadline = Date().addingTimeInterval(120)
            while !condition(self) {
                guard process.isRunning, Date() < deadline else { return condition(self) }
                RunLoop.current.run(until: Date().addingTimeInterval(0.02))
            }
            return true
        }
    }
}

/// A folder that goes with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/oxbow-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func handle(_ name: String) throws -> FileHandle {
        try Data().write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        return try FileHandle(forWritingTo: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    func text(_ name: String) -> String { (try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)) ?? "" }

    func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }
}
