import Foundation
import OxbowRuntime

/// Where a run leaves what (docs: README, "The run folder").
struct RunFolder: Sendable {
    let path: String

    /// The folder of a run that did not come to its end.
    /// - Throws: `Failure` for one that holds none.
    init(resuming path: String) throws {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
        guard FileManager.default.fileExists(atPath: experiment) else {
            throw Failure(.state, "Unable to resume '\(path)': it holds no run that was begun. Name the folder of one.")
        }
        try lock()
        for folder in [samples, states, generators] { try OutputFolder.make(folder) }
    }

    /// Makes the folder; refuses one that holds another run.
    init(_ path: String) throws {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
        try OutputFolder.make(self.path)
        try lock()
        guard !FileManager.default.fileExists(atPath: report) else {
            throw Failure(
                .output,
                "Unable to use '\(path)': it holds a finished run. Choose another --out, or move the old one away.")
        }
        // What an earlier, unfinished run left would mix with this one's states.
        for old in [states, generators, log] + TraceFiles.all(trace) { try? FileManager.default.removeItem(atPath: old) }
        for folder in [samples, states, generators] { try OutputFolder.make(folder) }
    }

    /// Held until this process ends: a second run must not remove the states of one that works.
    private func lock() throws {
        let descriptor = open(path + "/.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Failure(.output, "Unable to use '\(path)': another run works in it. Choose another --out.")
        }
    }

    var report: String { path + "/report.json" }
    var plan: String { path + "/plan.json" }
    var log: String { path + "/log.jsonl" }
    var trace: String { path + "/run.oxtrace" }
    var samples: String { path + "/samples" }
    var experiment: String { path + "/experiment.yaml" }
    /// What the broker is told: without data folders and domains.
    var brokerExperiment: String { states + "/broker.yaml" }
    /// A copy of the plan that was imposed, for a resumed run.
    var imposedPlan: String { states + "/imposed.json" }
    var states: String { path + "/state" }
    var generators: String { states + "/generators" }
    var usage: String { states + "/usage" }

    func state(_ name: String) -> String { states + "/" + name }

    func samples(_ domain: String, round: Int) -> String {
        samples + "/\(domain)" + String(format: "-round-%03d.png", round)
    }

    func generator(_ cluster: Int) -> String { path + "/generator-\(cluster).safetensors" }
}

/// `log.jsonl`: what every process of the run said, one JSON object a line.
// Sendable: the file is only used under the lock.
final class RunLog: @unchecked Sendable {
    private let file: LineFile
    private let lock = NSLock()

    /// A resumed run's is gone on with.
    init(_ path: String) throws { file = try LineFile(path) }

    /// A line of a process that is JSON already, or a sentence.
    func add(_ process: String, _ text: String) {
        let time = Date().timeIntervalSince1970
        let entry = Entry(time: time, process: process, message: text)
        guard let data = try? JSONEncoder().encode(entry) else { return }
        // A full disk must not end a run for its log; the states' writers report it.
        lock.withLock { _ = file.add(data) }
    }

    /// Lines that the disk did not take, since the last one that it took.
    var lostLines: Int { lock.withLock { file.lostLines } }

    /// What the broker said in the earlier life of a resumed run, in order; a torn line is passed over.
    static func brokerLines(_ path: String) -> [BrokerLine] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let (entries, lines) = (JSONDecoder(), BrokerLine.decoder)
        return text.split(separator: "\n").compactMap { line in
            guard let entry = try? entries.decode(Entry.self, from: Data(line.utf8)), entry.process == "broker" else {
                return nil
            }
            return try? lines.decode(BrokerLine.self, from: Data(entry.message.utf8))
        }
    }

    private struct Entry: Codable {
        var time: Double
        var process: String
        var message: String
    }
}
