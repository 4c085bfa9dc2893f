import Foundation
import OxbowProtocol

/// The broker's decisions, one JSON object a line, written before they take effect.
public final class Journal {
    private let handle: FileHandle
    private let encoder = JSONEncoder()
    private let path: String

    /// - Throws: `RuntimeError` if the file cannot be opened for appending.
    public init(_ path: String) throws {
        self.path = path
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !FileManager.default.fileExists(atPath: path) {
            guard FileManager.default.createFile(atPath: path, contents: nil) else {
                throw RuntimeError.output("write the journal", path, "the file cannot be made")
            }
        }
        guard let handle = FileHandle(forWritingAtPath: path) else {
            throw RuntimeError.output("write the journal", path, "the file cannot be opened")
        }
        self.handle = handle
        try handle.seekToEnd()
    }

    /// Returns once the record is written, and synced to disk if `durable`.
    func write(_ record: JournalRecord, durable: Bool) throws {
        do {
            try handle.write(contentsOf: encoder.encode(record) + Data("\n".utf8))
            if durable { try handle.synchronize() }
        } catch {
            throw RuntimeError.output("write the journal", path, error.localizedDescription)
        }
    }
}
