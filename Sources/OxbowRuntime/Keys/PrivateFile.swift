import Foundation

/// Files that only their owner may read.
enum PrivateFile {
    struct Unfit: Error {
        var reason: String
        /// Others may read it.
        var isOpen = false
        var isMissing = false
    }

    private static let mostBytes = 64 << 10

    static func read(_ path: String) throws(Unfit) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let isMissing = errno == ENOENT
            throw Unfit(reason: isMissing ? "there is no such file" : String(cString: strerror(errno)), isMissing: isMissing)
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Unfit(reason: "it is not a regular file")
        }
        guard status.st_mode & 0o077 == 0 else { throw Unfit(reason: "others may read it", isOpen: true) }
        let content = try? file.read(upToCount: mostBytes)
        return content.flatMap { String(validating: $0, as: UTF8.self) } ?? ""
    }

    /// A whole file or none, on the disk when this returns: a temporary file, a sync, a rename, a sync of the folder.
    static func write(_ text: String, to path: String, mode: mode_t = 0o600) throws(DiskFailure) {
        let temporary = "\(path).\(UInt64.random(in: 0...UInt64.max)).tmp"
        defer { unlink(temporary) }
        try put(text, temporary, mode)
        guard rename(temporary, path) == 0 else { throw DiskFailure(number: errno) }
        try DiskFile.syncFolder(of: path)
    }

    /// As `write`, unless there is a file.
    /// - Returns: whether there was none.
    static func create(_ text: String, at path: String) throws(DiskFailure) -> Bool {
        let temporary = "\(path).\(UInt64.random(in: 0...UInt64.max)).tmp"
        defer { unlink(temporary) }
        try put(text, temporary, 0o600)
        guard link(temporary, path) == 0 else {
            if errno == EEXIST { return false }
            throw DiskFailure(number: errno)
        }
        return true
    }

    private static func put(_ text: String, _ path: String, _ mode: mode_t) throws(DiskFailure) {
        let file = try DiskFile(new: path, mode: mode)
        try file.write(Array(text.utf8), at: 0)
        try file.sync()
    }
}
