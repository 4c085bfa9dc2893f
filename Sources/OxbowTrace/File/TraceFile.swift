import Foundation

/// A file descriptor that is closed with its owner. Used by one thread at a time.
final class TraceFile {
    let path: String
    private let descriptor: Int32

    init(reading path: String) throws(TraceError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path, String(cString: strerror(errno))) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(path, "it is no file")
        }
    }

    /// Empty; an older one is replaced.
    init(writing path: String) throws(TraceError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .unwritable(path, String(cString: strerror(errno))) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// As it is now: a file may grow while it is read.
    var byteCount: UInt64 {
        var info = stat()
        return fstat(descriptor, &info) == 0 ? UInt64(max(0, info.st_size)) : 0
    }

    /// Up to `count` bytes; fewer at the end of the file.
    func read(_ count: Int, at offset: UInt64) throws(TraceError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset) + off_t(filled))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                guard got > 0 else { break }
                filled += got
            }
        }
        guard failure == 0 else { throw .unreadable(path, String(cString: strerror(failure))) }
        return bytes
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(TraceError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let written = Foundation.write(descriptor, part.baseAddress, part.count)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw .unwritable(path, String(cString: strerror(errno))) }
            rest = rest.dropFirst(written)
        }
    }

    func synchronize() throws(TraceError) {
        guard fsync(descriptor) == 0 else { throw .unwritable(path, String(cString: strerror(errno))) }
    }
}
