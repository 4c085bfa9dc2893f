import Foundation
import OxbowRuntime

/// Where a broker's own core keeps its key and its states, and how it comes to the key.
struct CoreState {
    let path: String
    private let registry: KeyRegistry?
    /// Without a state folder of the broker: nothing of it outlives the broker either.
    private let temporary: PrivateFolder?

    /// - Parameters:
    ///   - folder: nil: one that lasts as long as the broker.
    ///   - registry: the broker's keys; nil where nothing is encrypted.
    init(folder: String?, registry: KeyRegistry?) throws {
        temporary = folder == nil ? try PrivateFolder() : nil
        path = folder ?? temporary?.path ?? ""
        self.registry = registry
        try OutputFolder.make(path, mode: 0o700)
    }

    /// A core that has no key yet is given a token, once; the file goes when the core is enrolled.
    /// - Returns: the arguments of the next start.
    func joining() throws -> [String] {
        guard let registry else { return [] }
        let token = path + "/join.token"
        guard try WorkerKeyFile(file: WorkerKeyFile.path(inState: path))?.name == nil else {
            try? FileManager.default.removeItem(atPath: token)
            return []
        }
        try registry.makeCoreToken(at: token)
        return ["--join", "@" + token]
    }

    func remove() { temporary?.remove() }
}
