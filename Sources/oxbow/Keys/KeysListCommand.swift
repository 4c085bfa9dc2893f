import ArgumentParser
import Foundation
import OxbowRuntime

struct KeysListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists a broker's keys: who, what for, since when, by which token. Never a secret.",
        discussion: "Example: oxbow keys list --state state/broker --format json")

    @OptionGroup var keys: KeyFolderOptions

    @Option(help: "text or json.") var format = OutputFormat.text

    func run() throws {
        let list = KeyList(try keys.existing())
        switch format {
        case .json: try printJSON(list)
        case .text: print(list.lines.joined(separator: "\n"))
        }
    }
}

/// A broker's keys, as they are shown.
struct KeyList: Encodable {
    struct Worker: Encodable {
        var fingerprint: String
        var entry: WorkerEntry

        func encode(to encoder: any Encoder) throws {
            try entry.encode(to: encoder)
            try Fingerprint(fingerprint: fingerprint).encode(to: encoder)
        }
    }

    struct Token: Encodable {
        var fingerprint: String
        var used: Int
        var entry: TokenEntry

        func encode(to encoder: any Encoder) throws {
            try entry.encode(to: encoder)
            try Use(fingerprint: fingerprint, used: used).encode(to: encoder)
        }
    }

    struct Operator: Encodable {
        var fingerprint: String
        var entry: OperatorEntry

        func encode(to encoder: any Encoder) throws {
            try entry.encode(to: encoder)
            try Fingerprint(fingerprint: fingerprint).encode(to: encoder)
        }
    }

    private struct Fingerprint: Encodable { var fingerprint: String }
    private struct Use: Encodable {
        var fingerprint: String
        var used: Int
    }

    var workers: [Worker]
    var tokens: [Token]
    var operators: [Operator]

    init(_ folder: KeyFolder) {
        let book = folder.book
        workers = book.workers.map { Worker(fingerprint: $0.key, entry: $0.value) }.sorted {
            ($0.entry.enrolled, $0.fingerprint) < ($1.entry.enrolled, $1.fingerprint)
        }
        tokens = book.tokens.map { Token(fingerprint: $0.key, used: book.uses(ofToken: $0.key), entry: $0.value) }.sorted {
            ($0.entry.made, $0.fingerprint) < ($1.entry.made, $1.fingerprint)
        }
        operators = book.operators.map { Operator(fingerprint: $0.key, entry: $0.value) }.sorted {
            ($0.entry.made, $0.fingerprint) < ($1.entry.made, $1.fingerprint)
        }
    }

    var lines: [String] {
        section(["WORKER", "KEY", "ROLE", "TIER", "TAGS", "SLOT", "ENROLLED", "BY", ""], workers.map(row))
            + section(["TOKEN", "USES", "EXPIRES", "ROLES", "TIERS", "TAGS", ""], tokens.map(row))
            + section(["OPERATOR", "KEY", "MADE", ""], operators.map(row))
    }

    private func section(_ head: [String], _ rows: [[String]]) -> [String] {
        rows.isEmpty ? ["no \(head[0].lowercased())s"] : StatusTable.lines(head, rows)
    }

    private func row(_ worker: Worker) -> [String] {
        let entry = worker.entry
        return [
            entry.name, Self.short(worker.fingerprint), entry.role.rawValue, entry.tier, Self.tags(entry.tags),
            entry.slot.map(String.init) ?? "-", Self.time(entry.enrolled), entry.token.map(Self.short) ?? "hand",
            Self.revoked(entry.revoked),
        ]
    }

    private func row(_ token: Token) -> [String] {
        let entry = token.entry
        return [
            Self.short(token.fingerprint), "\(token.used)/\(entry.uses)", entry.expires.map(Self.time) ?? "never",
            entry.roles.map(\.rawValue).joined(separator: ","), entry.tiers.isEmpty ? "any" : entry.tiers.joined(separator: ","),
            entry.tags.isEmpty ? "any" : Self.tags(entry.tags), Self.revoked(entry.revoked),
        ]
    }

    private func row(_ key: Operator) -> [String] {
        [key.entry.name, Self.short(key.fingerprint), Self.time(key.entry.made), Self.revoked(key.entry.revoked)]
    }

    /// Enough to revoke it by.
    private static func short(_ fingerprint: String) -> String { String(fingerprint.prefix(12)) }

    private static func time(_ seconds: Double) -> String { Date(timeIntervalSince1970: seconds).formatted(.iso8601) }

    private static func revoked(_ time: Double?) -> String { time.map { "revoked " + Self.time($0) } ?? "" }

    private static func tags(_ tags: [String: String]) -> String {
        tags.isEmpty ? "-" : tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}
