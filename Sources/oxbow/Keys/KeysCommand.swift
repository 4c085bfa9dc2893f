import ArgumentParser
import Foundation
import OxbowRuntime
import ZeroMQ

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Who may connect to a broker: join tokens, workers' and operators' keys (docs/security.md).",
        discussion: """
            They work on the broker's state folder, whether it runs or not; a running broker notices within a second.
            Example: oxbow keys new --state state/broker --tier small --uses 20 --out join.token
            """,
        subcommands: [KeysNewCommand.self, KeysEnrollCommand.self, KeysListCommand.self, KeysRevokeCommand.self])
}

/// Of commands on a broker's keys.
struct KeyFolderOptions: ParsableArguments {
    @Option(help: "The broker's state folder.", completion: .directory) var state: String

    /// - Throws: `RuntimeError`, `Failure`.
    func folder() throws -> KeyFolder {
        try OutputFolder.make(state)
        return try KeyFolder(state + "/keys")
    }

    /// Of a broker that has keys: a folder that was misspelt is not made.
    func existing() throws -> KeyFolder {
        guard FileManager.default.fileExists(atPath: state + "/keys/broker.key") else {
            throw Failure(
                .state, "Unable to find keys in '\(state)': no broker has made any there. Name the broker's --state folder.")
        }
        return try KeyFolder(state + "/keys")
    }

    static var now: Double { Date().timeIntervalSince1970 }
}

/// `key=value`, again and again.
enum TagList {
    static func parse(_ tags: [String]) throws -> [String: String] {
        var result: [String: String] = [:]
        for tag in tags {
            let parts = tag.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw Failure(.usage, "Unable to read tag '\(tag)': say key=value.") }
            result[parts[0]] = parts[1]
        }
        return result
    }
}

/// `90m`, `24h`, `7d` or `never`.
struct Expiry: ExpressibleByArgument, Hashable {
    /// nil: never.
    var seconds: Double?

    init(seconds: Double?) { self.seconds = seconds }

    init?(argument: String) {
        if argument == "never" {
            self.init(seconds: nil)
            return
        }
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        guard let last = argument.last, let unit = units[last], let count = Double(argument.dropLast()), count > 0, count <= 1e6
        else { return nil }
        self.init(seconds: count * unit)
    }

    var defaultValueDescription: String { seconds.map { "\(Int($0 / 3600))h" } ?? "never" }
}

extension KeyRole: ExpressibleByArgument {}
