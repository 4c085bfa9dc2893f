import Foundation

/// A call of the operating system on a file failed.
struct DiskFailure: Error, Hashable {
    var number: Int32

    var reason: String { String(cString: strerror(number)) }

    /// It may go by itself or by somebody's doing: no room, no quota, a device that did not answer.
    var mayPass: Bool { [ENOSPC, EDQUOT, EIO].contains(number) }
}

/// A file that grows at its end, by calls that say how they failed.
final class DiskFile {
    private let descriptor: Int32

    /// Opens the file for reading and writing, and makes it if it is missing.
    init(_ path: String) throws(DiskFailure) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw DiskFailure(number: errno) }
    }

    /// Makes a file, which must not be there.
    init(new path: String, mode: mode_t) throws(DiskFailure) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw DiskFailure(number: errno) }
    }

    deinit { close(descriptor) }

    /// Tries to be the only process that has the file, for so long.
    func lock(within seconds: Double) -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard Date() < deadline else { return false }
            usleep(50_000)
        }
        return true
    }

    /// Whether this is the file that has the name now.
    func isAt(_ path: String) throws(DiskFailure) -> Bool {
        var (own, there) = (stat(), stat())
        guard fstat(descriptor, &own) == 0 else { throw DiskFailure(number: errno) }
        return stat(path, &there) == 0 && (own.st_dev, own.st_ino) == (there.st_dev, there.st_ino)
    }

    /// Everything from `offset` on.
    func content(from offset: UInt64 = 0) throws(DiskFailure) -> Data {
        let size = try size()
        var data = Data(count: Int(size - min(offset, size)))
        var done = 0
        while done < data.count {
            let (place, rest) = (off_t(offset) + off_t(done), data.count - done)
            let got = data.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress! + done, rest, place) }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw DiskFailure(number: errno) }
            if got == 0 { return data.prefix(done) }
            done += got
        }
        return data
    }

    func size() throws(DiskFailure) -> UInt64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw DiskFailure(number: errno) }
        return UInt64(status.st_size)
    }

    /// Bytes from `offset` on; of a failure, some of them may be there.
    func write(_ bytes: some ContiguousBytes, at offset: UInt64) throws(DiskFailure) {
        var failure: DiskFailure?
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let put = pwrite(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset) + off_t(done))
                if put < 0 && errno == EINTR { continue }
                guard put >= 0 else { return failure = DiskFailure(number: errno) }
                done += put
            }
        }
        if let failure { throw failure }
    }

    func sync() throws(DiskFailure) { guard fsync(descriptor) == 0 else { throw DiskFailure(number: errno) } }

    /// Makes durable which files the folder of `path` has, and by which names.
    static func syncFolder(of path: String) throws(DiskFailure) {
        let folder = open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { throw DiskFailure(number: errno) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw DiskFailure(number: errno) }
    }

    func truncate(to size: UInt64) throws(DiskFailure) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw DiskFailure(number: errno) }
    }
}
