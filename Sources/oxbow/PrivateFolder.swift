import Foundation

/// A folder of this user's alone, of a name that nobody can know before, to be removed by whoever made it.
struct PrivateFolder: Sendable {
    let path: String

    init() throws {
        let place = FileManager.default.temporaryDirectory.path
        var template = Array((place + "/oxbow-XXXXXX").utf8CString)
        // mkdtemp makes it with mode 0700. Paths of sockets must stay short, so they are not in a run folder.
        guard mkdtemp(&template) != nil else {
            throw Failure(.output, "Unable to make a folder in '\(place)'. Set TMPDIR to one that exists.")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// For a socket in it.
    var endpoint: String { "ipc://\(path)/broker" }

    /// From here on what this process makes is readable by its user alone: models can remember images.
    static func closeToOthers() { umask(0o077) }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
