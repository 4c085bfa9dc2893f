import Foundation

/// A run's `log.jsonl`: lines that are appended and flushed; so many bytes, then only what matters most.
public final class RunLogFile {
    private let handle: FileHandle
    private var byteCount: UInt64
    private let limit: UInt64
    private var isFull = false

    /// - Throws: `RuntimeError` if the file cannot be opened for appending.
    public init(_ path: String, limit: UInt64 = 256 << 20) throws {
        self.limit = limit
        if !FileManager.default.fileExists(atPath: path) {
            guard FileManager.default.createFile(atPath: path, contents: nil) else {
                throw RuntimeError.output("write the log", path, "the file cannot be made")
            }
        }
        guard let handle = FileHandle(forWritingAtPath: path) else {
            throw RuntimeError.output("write the log", path, "the file cannot be opened")
        }
        self.handle = handle
        byteCount = try handle.seekToEnd()
    }

    /// One line, without its end.
    /// - Parameter isSparse: of a kind that a run has few of; those come at most to an eighth of the limit more.
    public func add(_ line: Data, isSparse: Bool) {
        if !isFull, byteCount + UInt64(line.count) > limit {
            isFull = true
            write(Data("{\"full\":\"lines of single steps are left out from here on\"}".utf8))
        }
        let most = isSparse ? limit + limit / 8 : limit
        guard byteCount + UInt64(line.count) <= most else { return }
        write(line)
    }

    private func write(_ line: Data) {
        byteCount += UInt64(line.count) + 1
        // A full disk must not end a run for its log.
        try? handle.write(contentsOf: line + Data("\n".utf8))
    }
}
