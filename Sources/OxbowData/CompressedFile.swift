import CZlib
import Foundation

/// A file opened for reading through zlib: gzip is unpacked, anything else is passed on as it is.
struct CompressedFile: ~Copyable {
    private let handle: gzFile
    let path: String
    /// Bytes on disk, packed or not.
    let size_bytes: Int

    init(_ path: String) throws(DataError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let code: DataError.Code = errno == ENOENT ? .missing : .unreadable
            throw Self.failure(code, path, String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Self.failure(.unreadable, path, "it is not a regular file") }
        guard let handle = gzopen(path, "rbe") else {
            throw Self.failure(.unreadable, path, errno == 0 ? "out of memory" : String(cString: strerror(errno)))
        }
        gzbuffer(handle, 128 << 10)
        self.handle = handle
        self.path = path
        self.size_bytes = Int(status.st_size)
    }

    deinit { gzclose_r(handle) }

    /// Whether the file is gzip; an empty one is not.
    var isCompressed: Bool { gzdirect(handle) == 0 }

    /// The most bytes that the file can hold once unpacked: deflate never packs better than 1032 to 1.
    var capacity_bytes: Int { isCompressed ? size_bytes.multipliedReportingOverflow(by: 1032).partialValue : size_bytes }

    /// Exactly `count` more bytes. The caller has checked `count` against `capacity_bytes`.
    func read(_ count: Int) throws(DataError) -> [UInt8] {
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let wanted = UInt32(min(count - filled, 1 << 24))
                let got = gzread(handle, buffer.baseAddress! + filled, wanted)
                if got <= 0 { break }
                filled += Int(got)
            }
        }
        guard bytes.count == count else {
            throw .damaged(.torn, path, "it ends \(count - bytes.count) bytes early\(detail)")
        }
        return bytes
    }

    /// Nothing may follow; for gzip this also verifies the checksum at the file's end.
    func end() throws(DataError) {
        var extra: UInt8 = 0
        let got = gzread(handle, &extra, 1)
        if got > 0 { throw .damaged(.torn, path, "it is longer than its header says") }
        if got < 0 || errorNumber != Z_OK { throw .damaged(.torn, path, "its end is damaged\(detail)") }
    }

    private var errorNumber: Int32 {
        var number: Int32 = 0
        _ = gzerror(handle, &number)
        return number
    }

    /// zlib's own words, when it has any.
    private var detail: String {
        var number: Int32 = 0
        guard let text = gzerror(handle, &number), number != Z_OK else { return "" }
        let words = String(cString: text).replacingOccurrences(of: path + ": ", with: "")
        return words.isEmpty ? "" : " (\(words))"
    }

    private static func failure(_ code: DataError.Code, _ path: String, _ reason: String) -> DataError {
        DataError(code, "read", path, reason, "Check the path and its permissions; ops/setup.sh installs the usual data.")
    }
}
