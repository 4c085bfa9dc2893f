import ArgumentParser
import Foundation
import OxbowReport

/// `oxbow`: one program, one subcommand a role.
struct OxbowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "oxbow",
        abstract: "Trains generative models across the devices that people already have, without moving their data.",
        version: Release.version,
        subcommands: [
            RunCommand.self, BrokerCommand.self, WorkerCommand.self, SubmitCommand.self, ListCommand.self, StatusCommand.self,
            LogsCommand.self, StopCommand.self, FetchCommand.self, KeysCommand.self, PlanCommand.self, DataCommand.self,
            EvalCommand.self,
            GenerateCommand.self, ExportCommand.self, ReportCommand.self, TraceCommand.self, SimulateCommand.self,
            DoctorCommand.self,
            BenchCommand.self, HealthCommand.self,
            VersionCommand.self,
        ])
}

/// This build.
enum Release {
    static let version = "0.1.0"
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Prints the version and what it was built on.",
        discussion: "Example: oxbow version --format json")

    @Option(help: "text or json.") var format = OutputFormat.text

    func run() throws {
        let facts = MachineFacts()
        switch format {
        case .json: try printJSON(["version": Release.version, "kernels": facts.kernels, "zeromq": facts.zeroMQ])
        case .text: print("oxbow \(Release.version) (\(facts.kernels); ZeroMQ \(facts.zeroMQ))")
        }
    }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// Prints a value as JSON with sorted keys.
func printJSON(_ value: some Encodable) throws {
    print(String(decoding: try JSON.encoder.encode(value), as: UTF8.self))
}

/// How JSON is written everywhere: sorted keys, snake case, readable.
enum JSON {
    static var encoder: JSONEncoder { ReportJSON.encoder }

    /// For values that are written a line each.
    static var lineEncoder: JSONEncoder {
        let encoder = ReportJSON.encoder
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

@main
enum Main {
    static func main() {
        do {
            let process = ProcessInfo.processInfo
            let arguments = EnvironmentOptions.adding(process.environment, to: Array(process.arguments.dropFirst()))
            var command = try OxbowCommand.parseAsRoot(arguments)
            try command.run()
        } catch {
            Failure.exit(with: error)
        }
    }
}
