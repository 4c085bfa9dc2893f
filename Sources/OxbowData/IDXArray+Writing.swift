import CZlib
import Foundation

extension IDXArray {
    /// The file's bytes, not compressed.
    public func encode() -> [UInt8] {
        var result: [UInt8] = [0, 0, 8, UInt8(dimensions.count)]
        result.reserveCapacity(4 + 4 * dimensions.count + bytes.count)
        for dimension in dimensions {
            withUnsafeBytes(of: UInt32(dimension).bigEndian) { result.append(contentsOf: $0) }
        }
        result.append(contentsOf: bytes)
        return result
    }

    /// Writes the file; gzip when the path ends in `.gz`. A file that is already there is replaced at once.
    public func write(_ path: String) throws(DataError) {
        let temporary = "\(path).\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).tmp"
        defer { unlink(temporary) }
        // "T" is zlib's mode for writing without compression.
        guard let handle = gzopen(temporary, path.hasSuffix(".gz") ? "wbe" : "wbeT") else {
            throw Self.failure(path, errno)
        }
        let content = encode()
        let complete = content.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let put = gzwrite(handle, buffer.baseAddress! + done, UInt32(min(buffer.count - done, 1 << 24)))
                if put <= 0 { return false }
                done += Int(put)
            }
            return true
        }
        guard gzclose_w(handle) == Z_OK, complete else { throw Self.failure(path, errno) }
        guard rename(temporary, path) == 0 else { throw Self.failure(path, errno) }
    }

    private static func failure(_ path: String, _ number: Int32) -> DataError {
        let remedy = "Check that the folder exists, may be written to and has space left."
        return DataError(.unwritable, "write", path, String(cString: strerror(number)), remedy)
    }
}
