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

    private var token: String { path + "/join.token" }

    private func isEnrolled() throws -> Bool { try WorkerKeyFile(file: WorkerKeyFile.path(inState: path))?.name != nil }

    /// A core that has no key yet is given a token, once.
    /// - Returns: the arguments of the next start.
    func joining() throws -> [String] {
        guard let registry, try !isEnrolled() else { return [] }
        try OutputFolder.make(path, mode: 0o700)  // somebody may have removed it, so that another core is made
        try registry.makeCoreToken(at: token)
        return ["--join", "@" + token]
    }

    /// Removes the token's file, once the core has its key.
    /// - Returns: whether there is none any more.
    func dropSpentToken() -> Bool {
        guard FileManager.default.fileExists(atPath: token) else { return true }
        guard (try? isEnrolled()) == true else { return false }
        return (try? FileManager.default.removeItem(atPath: token)) != nil
    }

    func remove() { temporary?.remove() }
}
