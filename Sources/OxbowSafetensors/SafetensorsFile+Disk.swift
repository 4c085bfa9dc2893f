import Foundation

extension SafetensorsFile {
    /// Reads the file at `path`.
    public static func read(_ path: String) throws(SafetensorsError) -> SafetensorsFile {
        try decode(try readBytes(path), name: path)
    }

    /// Writes the file so that after a crash either the old content or the whole new one is at `path`.
    ///
    /// A temporary file in the same folder is written and synced, renamed over `path`, and the folder is synced: when
    /// this returns, the file is durable.
    public func write(_ path: String) throws(SafetensorsError) {
        try writeAtomically(encode(), path)
    }
}

private let readRemedy = "Check the path and its permissions."
private let writeRemedy = "Check that the folder exists, may be written to and has space left."

/// The content of a regular file; its size is known before memory is taken.
private func readBytes(_ path: String) throws(SafetensorsError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
        throw .system(errno == ENOENT ? .missing : .unreadable, "read", path, errno, readRemedy)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(.unreadable, "read", path, errno, readRemedy) }
    guard status.st_mode & S_IFMT == S_IFREG else {
        throw SafetensorsError(.unreadable, "read", path, "it is not a regular file", readRemedy)
    }
    let size = Int(status.st_size)
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        while count < size {
            let got = Foundation.read(descriptor, buffer.baseAddress! + count, size - count)
            if got < 0 && errno == EINTR { continue }
            if got < 0 { failure = errno }
            if got <= 0 { break }
            count += got
        }
    }
    if failure != 0 { throw .system(.unreadable, "read", path, failure, readRemedy) }
    return bytes
}

/// Temporary file, fsync, rename, fsync of the folder.
private func writeAtomically(_ bytes: [UInt8], _ path: String) throws(SafetensorsError) {
    let folder = (path as NSString).deletingLastPathComponent
    // Unique, so that two writers of one path never share a temporary file; O_EXCL, so that none is followed.
    let temporary = "\(path).\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system(.unwritable, "write", path, errno, writeRemedy) }
    var renamed = false
    defer { if !renamed { unlink(temporary) } }
    do {
        defer { close(descriptor) }
        try writeAll(bytes, descriptor, path)
        guard fsync(descriptor) == 0 else {
            throw SafetensorsError.system(.unwritable, "write", path, errno, writeRemedy)
        }
    }
    guard rename(temporary, path) == 0 else { throw .system(.unwritable, "write", path, errno, writeRemedy) }
    renamed = true
    try syncFolder(folder.isEmpty ? "." : folder, path)
}

private func writeAll(_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(SafetensorsError) {
    var failure: Int32 = 0
    bytes.withUnsafeBytes { buffer in
        var done = 0
        while done < buffer.count {
            let put = Foundation.write(descriptor, buffer.baseAddress! + done, buffer.count - done)
            if put < 0 && errno == EINTR { continue }
            if put < 0 {
                failure = errno
                return
            }
            done += put
        }
    }
    if failure != 0 { throw .system(.unwritable, "write", path, failure, writeRemedy) }
}

/// Makes the rename durable.
private func syncFolder(_ folder: String, _ path: String) throws(SafetensorsError) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(.unwritable, "write", path, errno, writeRemedy) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .system(.unwritable, "write", path, errno, writeRemedy) }
}
