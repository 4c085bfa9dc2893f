import Foundation

/// A file whose age tells whoever checks a member's health how long it has had no session.
public final class HealthFile {
    private let path: String
    private var next = ContinuousClock.now

    private static let period = Duration.seconds(1)

    /// Nobody takes an earlier process's file for this one's.
    /// - Throws: `RuntimeError` if the file cannot be written.
    public init(_ path: String) throws {
        self.path = path
        try? FileManager.default.removeItem(atPath: path)
        guard write() else {
            throw RuntimeError(
                .output, "Unable to write '\(path)': no file can be made there. Name a --health-file that this user may write.")
        }
        remove()
    }

    /// To be called often while the session lives; the file is as old as the last call, give or take a second.
    func touch() {
        guard ContinuousClock.now >= next else { return }
        next = .now + Self.period
        // On a full disk it gets old, as it should.
        _ = write()
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    private func write() -> Bool { FileManager.default.createFile(atPath: path, contents: Data("in session\n".utf8)) }
}
