import ArgumentParser
import Foundation
import OxbowRuntime
import OxbowWire
import ZeroMQ

struct KeysNewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Makes a join token, an operator's key, or a worker's key to be enrolled by hand.",
        discussion: """
            Whoever has a join token can enrol workers within its limits: hand it over like a password. The broker's key is made
            as well, if there is none yet.
            Example: oxbow keys new --state state/broker --tier small --tier medium --uses 20 --expires 7d --out join.token
            Example: oxbow keys new --state state/broker --operator --name alice --out alice.key
            Example: oxbow keys new --worker --state state/worker --broker-key $(cat broker.pub)
            """)

    @Option(help: "The broker's state folder; with --worker the worker's.", completion: .directory) var state: String

    @Option(help: "How many workers the token may enrol.") var uses = 1

    @Option(help: "For how long: 90m, 24h, 7d or never.") var expires = Expiry(argument: "24h")!

    @Option(name: .customLong("tier"), help: "A tier that workers may enrol for; may be repeated. Default: any.")
    var tiers: [String] = []

    @Option(name: .customLong("role"), help: "edge or core; may be repeated. Default: edge.") var roles: [KeyRole] = []

    @Option(name: .customLong("tag"), help: "key=value that workers must have; may be repeated. Default: any tags.")
    var tags: [String] = []

    @Option(help: "A file that gets the token, for its owner alone; without one it is printed.", completion: .file())
    var out: String?

    @Flag(help: "Make a key that steers the fleet, and nothing else.") var `operator` = false

    @Option(help: "With --operator: whose key it is.") var name: String?

    @Flag(help: "Make a worker's key in its state folder, and print the public half.") var worker = false

    @Option(help: "With --worker: the broker's public key (broker.pub in its state folder's keys).") var brokerKey: String?

    func validate() throws {
        if worker, self.operator { throw ValidationError("Say --worker or --operator, not both.") }
        if worker != (brokerKey != nil) { throw ValidationError("--worker and --broker-key go together.") }
        if self.operator != (name != nil) { throw ValidationError("--operator and --name go together.") }
    }

    func run() throws {
        if worker { return try makeWorker() }
        try OutputFolder.make(state)
        let folder = try KeyFolder(state + "/keys")
        let broker = try folder.brokerKey().publicKey
        let token = KeyToken(self.operator ? .operator : .join, broker: broker, pair: KeyPair())
        if let out { try OutputFolder.check(file: out) }
        if let name {
            try WorkerName.check(name, "--name")
            guard folder.book.find(name).isEmpty else {
                throw Failure(
                    .usage, "Unable to make a key for '\(name)': there is one of that name. Revoke it, or choose another.")
            }
            try folder.write(OperatorEntry(publicKey: token.pair.publicKey, name: name, made: KeyFolderOptions.now))
        } else {
            try folder.write(try entry(token))
        }
        guard let out else { return print(token.text) }
        try TokenFile.write(token, to: out)
        print("\(token.pair.publicKey.fingerprint) in \(out)")
    }

    private func entry(_ token: KeyToken) throws -> TokenEntry {
        guard (1...WireLimits.members).contains(uses) else {
            throw Failure(.usage, "Unable to make a token for \(uses) workers: --uses is from 1 to \(WireLimits.members).")
        }
        for tier in tiers { try WorkerName.check(tier, "--tier") }
        let now = KeyFolderOptions.now
        return TokenEntry(
            publicKey: token.pair.publicKey, uses: uses, expires: expires.seconds.map { now + $0 },
            roles: roles.isEmpty ? [.edge] : roles, tiers: tiers, tags: try TagList.parse(tags), made: now)
    }

    private func makeWorker() throws {
        guard let text = brokerKey, let broker = CurveKey(hex: text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Failure(.usage, "Unable to use --broker-key: it is 64 hex digits, the content of broker.pub.")
        }
        try OutputFolder.make(state)
        let file = WorkerKeyFile.path(inState: state)
        guard try WorkerKeyFile(file: file) == nil else {
            throw Failure(.output, "Unable to make '\(file)': there is a key. Use another --state, or remove it to begin anew.")
        }
        let key = WorkerKeyFile(KeyPair(), broker: broker)
        try key.write(file)
        print(key.publicKey.hex)
    }
}
