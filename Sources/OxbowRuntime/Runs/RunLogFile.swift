import Foundation

/// A run's `log.jsonl`: lines that are appended and flushed; so many bytes, then only what matters most.
public final class RunLogFile {
    private let file: LineFile
    private let limit: UInt64
    private var isFull = false

    /// - Throws: `RuntimeError` if the file cannot be opened for appending.
    public init(_ path: String, limit: UInt64 = 256 << 20) throws {
        self.limit = limit
        file = try LineFile(path)
    }

    /// Lines that the disk did not take, since the last one that it took.
    public var lostLines: Int { file.lostLines }

    /// One line, without its end. A full disk must not end a run for its log: then the line is lost.
    /// - Parameter isSparse: of a kind that a run has few of; those come at most to an eighth of the limit more.
    public func add(_ line: Data, isSparse: Bool) {
        if !isFull, file.byteCount + UInt64(line.count) > limit {
            isFull = true
            file.add(Data("{\"full\":\"lines of single steps are left out from here on\"}".utf8))
        }
        let most = isSparse ? limit + limit / 8 : limit
        guard file.byteCount + UInt64(line.count) <= most else { return }
        file.add(line)
    }
}
