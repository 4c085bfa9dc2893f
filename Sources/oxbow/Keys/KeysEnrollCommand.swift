import ArgumentParser
import OxbowRuntime
import ZeroMQ

struct KeysEnrollCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enroll", abstract: "Enrols a worker's public key by hand, without a join token.",
        discussion: """
            Example: oxbow keys enroll --state state/broker --key PUBLIC --name attic --tier small --tag site=berlin
            """)

    @OptionGroup var keys: KeyFolderOptions

    @Option(help: "The worker's public key: 64 hex digits, as 'oxbow keys new --worker' printed them.") var key: String

    @Option(help: "The name that the worker gets, for good.") var name: String

    @Option(help: "The tier that it may claim. Default: small, or core for a core.") var tier: String?

    @Option(help: "edge or core.") var role = KeyRole.edge

    @Option(name: .customLong("tag"), help: "key=value that it may claim; may be repeated.") var tags: [String] = []

    func run() throws {
        guard let key = CurveKey(hex: key) else {
            throw Failure(.usage, "Unable to enrol '\(name)': --key is 64 hex digits, the worker's public key.")
        }
        let tier = tier ?? (role == .core ? "core" : "small")
        try WorkerName.check(name, "--name")
        try WorkerName.check(tier, "--tier")
        let folder = try keys.folder()
        _ = try folder.brokerKey()
        let entry = WorkerEntry(
            publicKey: key, name: name, role: role, tier: tier, tags: try TagList.parse(tags), enrolled: KeyFolderOptions.now)
        let book = folder.book
        if let known = book.workers[key.fingerprint] {
            let state = known.revoked == nil ? "is enrolled as '\(known.name)'" : "was revoked"
            throw Failure(.usage, "Unable to enrol '\(name)': this key \(state). Make the worker a new key.")
        }
        do {
            try book.checkName(entry)
        } catch {
            throw Failure(.usage, "Unable to enrol '\(name)': \(error).")
        }
        try folder.write(entry)
        print(entry.fingerprint)
    }
}
