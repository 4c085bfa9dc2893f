import ArgumentParser
import Foundation
import OxbowExperiment
import OxbowFetch

struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Asks whether a broker or a worker is well: 0 if so, else 1, for health checks.",
        discussion: """
            Example: oxbow health http://127.0.0.1:8080/healthz
            Example: oxbow health /run/oxbow/health        # of worker --health-file
            """)

    @Argument(help: "A broker's http address, or the file of a worker's --health-file.", completion: .file()) var target: String

    @Option(help: "Seconds: how long an answer may take, and how old a file may be.") var within = 10

    @Option(help: "text or json.") var format = OutputFormat.text

    func run() throws {
        guard (1...3600).contains(within) else {
            throw Failure(.usage, "Unable to wait '\(within)' s: --within is from 1 to 3600.")
        }
        let isAddress = target.hasPrefix("http://")
        let reason = isAddress ? unwellBroker() : unwellWorker()
        if let reason {
            throw Failure(.finding, "Unable to call '\(target)' healthy: \(reason). See the log of what it belongs to.")
        }
        switch format {
        case .json: try printJSON(["healthy": true])
        case .text: print("healthy")
        }
    }

    /// Why not; nil: it is well.
    private func unwellBroker() -> String? {
        switch WebProbe.get(target, seconds: within) {
        case .answered(200, _): nil
        case .answered(let status, let text):
            "it answered \(status)" + (text.isEmpty ? "" : ": \(text.trimmingCharacters(in: CharacterSet(charactersIn: ". \n")))")
        case .silent(let reason): reason
        }
    }

    private func unwellWorker() -> String? {
        guard let written = try? FileManager.default.attributesOfItem(atPath: target)[.modificationDate] as? Date else {
            return "there is no such file: the worker has not joined yet"
        }
        let age = Int(Date().timeIntervalSince(written))
        return age <= within ? nil : "its worker has had no session with the broker for \(age) s"
    }
}
