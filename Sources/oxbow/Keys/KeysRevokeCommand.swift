import ArgumentParser
import OxbowRuntime

struct KeysRevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Revokes a worker's or an operator's key, or a join token; a live connection is cut.",
        discussion: """
            Workers that a token enrolled stay when it is revoked.
            Example: oxbow keys revoke phone-7 --state state/broker
            """)

    @Argument(help: "A name, or a fingerprint: the first 8 digits will do.") var key: String

    @OptionGroup var keys: KeyFolderOptions

    func run() throws {
        let folder = try keys.existing()
        let book = folder.book
        let found = book.find(key)
        guard let id = found.first else {
            throw Failure(.usage, "Unable to revoke '\(key)': no key that counts has this name. 'oxbow keys list' shows them.")
        }
        guard found.count == 1 else {
            throw Failure(
                .usage,
                "Unable to revoke '\(key)': \(found.count) keys are called so. Say more of its fingerprint: "
                    + found.prefix(4).map(\.fingerprint).joined(separator: ", ") + ".")
        }
        switch id.kind {
        case .worker: try revoke(book.workers[id.fingerprint], folder)
        case .join: try revoke(book.tokens[id.fingerprint], folder)
        case .operator: try revoke(book.operators[id.fingerprint], folder)
        }
        print("revoked \(id.kind.rawValue) \(id.fingerprint)")
    }

    private func revoke<Entry: KeyEntry>(_ entry: Entry?, _ folder: KeyFolder) throws {
        guard var entry else { return }
        entry.revoked = KeyFolderOptions.now
        try folder.write(entry)
    }
}
