import Foundation

/// Where a run leaves what (docs: README, "The run folder").
struct RunFolder: Sendable {
    let path: String

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
        for old in [states, generators, trace] { try? FileManager.default.removeItem(atPath: old) }
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
// Sendable: the handle is only used under the lock.
final class RunLog: @unchecked Sendable {
    private let handle: FileHandle
    private let lock = NSLock()

    init(_ path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path)
        else { throw Failure(.output, "Unable to write '\(path)': the file cannot be made. Check the folder's permissions.") }
        self.handle = handle
    }

    /// A line of a process that is JSON already, or a sentence.
    func add(_ process: String, _ text: String) {
        let time = Date().timeIntervalSince1970
        let entry = Entry(time: time, process: process, message: text)
        guard let data = try? JSONEncoder().encode(entry) else { return }
        // A full disk must not end a run for its log; the states' writers report it.
        lock.withLock { try? handle.write(contentsOf: data + Data("\n".utf8)) }
    }

    private struct Entry: Encodable {
        var time: Double
        var process: String
        var message: String
    }
}
