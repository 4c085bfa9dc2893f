import Crypto
import Foundation

/// A file on its way: `<name>.part` beside where it will be. One process at a time holds it.
///
/// What it has survives the process, so that a later fetch goes on from there.
final class PartFile {
    let path: String
    private let target: String
    private let descriptor: Int32
    /// Bytes that it has.
    private(set) var count: Int

    /// Opens what an earlier fetch left, or makes an empty file.
    init(for target: String) throws(FetchError) {
        self.target = target
        path = target + ".part"
        // A link would let whoever laid it there choose what is overwritten.
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
        guard descriptor >= 0 else { throw .unwritable(path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FetchError(.unwritable, path, "it is not a regular file", "Remove it and run the command again.")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw FetchError(.busy, path, "another process is fetching it", "Wait until that one is done.")
        }
        count = Int(status.st_size)
    }

    deinit { close(descriptor) }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FetchError) {
        var done = 0
        while done < bytes.count {
            let put = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(count))
            if put < 0 && errno == EINTR { continue }
            guard put > 0 else { throw .unwritable(path, put == 0 ? ENOSPC : errno) }
            done += put
            count += put
        }
    }

    /// Begins anew, with nothing.
    func restart() throws(FetchError) {
        guard ftruncate(descriptor, 0) == 0 else { throw .unwritable(path, errno) }
        count = 0
    }

    /// SHA-256 of what it has, in hex.
    func checksum() throws(FetchError) -> String {
        guard let sum = Checksum.sha256(descriptor) else { throw .unwritable(path, errno) }
        return sum
    }

    /// Puts the file in place of whatever is at the target, at once and durably.
    func install() throws(FetchError) {
        guard fsync(descriptor) == 0, rename(path, target) == 0 else { throw .unwritable(target, errno) }
        let folder = open((target as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    func remove() { unlink(path) }

    /// Leaves nothing behind where nothing came.
    func removeIfEmpty() { if count == 0 { remove() } }
}

/// SHA-256 of files.
enum Checksum {
    /// In hex; nil for a file that cannot be read.
    static func sha256(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return sha256(descriptor)
    }

    /// Of the whole file, wherever its offset is.
    static func sha256(_ descriptor: Int32) -> String? {
        var hash = SHA256()
        var offset = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let got = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { return nil }
            if got == 0 { break }
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            offset += got
        }
        return hash.finalize().map { String(format: "%02x", $0) }.joined()
    }
}
