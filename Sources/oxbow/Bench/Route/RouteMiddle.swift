import Foundation
import OxbowExperiment
import OxbowReport

/// A process between the load's two sides: the real broker or the plain forwarder.
final class RouteMiddle {
    enum Kind: String, CaseIterable { case broker, forwarder }

    let endpoint: String
    /// nil: it is not encrypted.
    let keys: FleetKeys?
    private let child: Child

    /// Starts it and waits until it listens.
    init(_ kind: Kind, _ settings: RouteSettings) throws {
        let folder = try PrivateFolder()
        BenchCleanup.shared.add(folder)
        let bind = settings.transport == .ipc ? folder.endpoint : "tcp://127.0.0.1:*"
        let first = FirstLine()
        let keys = settings.isEncrypted ? try FleetKeys(in: folder) : nil
        self.keys = keys
        let arguments =
            switch kind {
            case .broker: try Self.brokerArguments(bind, folder, settings) + (keys?.brokerArguments ?? [])
            case .forwarder:
                ["bench", "forward", "--bind", bind, "--largest-body", "\(try settings.experiment.largestBody())"]
                    + (keys?.brokerArguments ?? [])
            }
        child = Child(kind.rawValue, arguments, line: { first.post($0) }, log: { _ in })
        try child.start()
        while first.text == nil {
            guard child.exitCode == nil else {
                throw Failure(.bug, "Unable to start the \(kind.rawValue): \(child.lastWords)")
            }
            first.wait()
        }
        let line = first.text ?? ""
        endpoint = (try? JSONDecoder().decode(BrokerLine.self, from: Data(line.utf8)))?.listening ?? line
        self.folder = folder
    }

    private let folder: PrivateFolder

    private static func brokerArguments(
        _ bind: String, _ folder: PrivateFolder, _ settings: RouteSettings
    ) throws -> [String] {
        let file = "\(folder.path)/experiment.yaml"
        try OutputFolder.write(Data(settings.experiment.yaml.utf8), to: file)
        // As `oxbow run` starts it: with a journal, a trace, and a line for each order and commit.
        return [
            "broker", "--bind", bind, "--experiment", file, "--state", "\(folder.path)/state", "--closed", "--supervised",
            "--trace", settings.trace.rawValue, "--trace-file", "\(folder.path)/run.oxtrace",
        ] + (settings.transport == .tcp && !settings.isEncrypted ? ["--insecure"] : [])
    }

    /// The most memory that it ever had, in bytes.
    var peakMemory: Double { ProcessUsage(pid: child.pid).map { Double($0.peakBytes) } ?? .nan }

    /// Seconds of processor time so far.
    var cpuSeconds: Double { ProcessUsage(pid: child.pid)?.cpuSeconds ?? .nan }

    func end() {
        child.letGo()
        for patience in [5.0, 1.0] {
            let deadline = Date().addingTimeInterval(patience)
            while child.exitCode == nil, Date() < deadline { usleep(10_000) }
            if child.exitCode == nil { child.kill() }
        }
        folder.remove()
    }
}

/// The first line that a process says.
// Sendable: the text is under the lock.
private final class FirstLine: @unchecked Sendable {
    private let condition = NSCondition()
    private var line: String?

    var text: String? { condition.withLock { line } }

    func post(_ text: String) {
        condition.withLock { line = line ?? text }
        condition.broadcast()
    }

    func wait() {
        condition.lock()
        if line == nil { _ = condition.wait(until: Date().addingTimeInterval(0.05)) }
        condition.unlock()
    }
}
