import Crypto
import Foundation
import OxbowProtocol

/// The broker's decisions, one a line, written before they take effect.
///
/// Each line has in front 16 hex digits of the SHA-256 over those of the line before and its JSON: a line that was changed,
/// taken out or cut short is found. docs/architecture.md has the rules of recovery.
public final class Journal {
    /// What an earlier process of this broker decided.
    public let records: [JournalRecord]
    /// The last line was cut short: it was not acted on, and is gone.
    public let wasTorn: Bool
    private let handle: FileHandle
    private let encoder = JSONEncoder()
    private let path: String
    private var chain: String

    /// Reads what is there, and is ready to go on after the last whole line.
    /// - Throws: `RuntimeError` if the file cannot be opened, or is damaged before its last line.
    public init(_ path: String) throws {
        self.path = path
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !FileManager.default.fileExists(atPath: path) {
            guard FileManager.default.createFile(atPath: path, contents: nil) else {
                throw RuntimeError.output("write the journal", path, "the file cannot be made")
            }
        }
        guard let handle = FileHandle(forUpdatingAtPath: path), let bytes = try? handle.readToEnd() ?? Data() else {
            throw RuntimeError.output("write the journal", path, "the file cannot be opened")
        }
        let content = try JournalContent(bytes, path)
        (records, wasTorn, chain) = (content.records, content.wholeBytes < bytes.count, content.chain)
        self.handle = handle
        try handle.truncate(atOffset: UInt64(content.wholeBytes))
    }

    /// Returns once the record is written, and synced to disk if `durable`.
    func write(_ record: JournalRecord, durable: Bool) throws {
        do {
            let json = try encoder.encode(record)
            chain = JournalContent.link(chain, json)
            try handle.write(contentsOf: Data((chain + " ").utf8) + json + Data("\n".utf8))
            if durable { try handle.synchronize() }
        } catch {
            throw RuntimeError.output("write the journal", path, error.localizedDescription)
        }
    }
}

/// The lines of a journal that hold.
struct JournalContent {
    private(set) var records: [JournalRecord] = []
    private(set) var wholeBytes = 0
    private(set) var chain = ""

    /// - Throws: `RuntimeError` where a line that does not hold has another one after it: that is no torn end.
    init(_ bytes: Data, _ path: String) throws {
        let decoder = JSONDecoder()
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            guard let (record, link) = Self.record(rest[..<end], after: chain, decoder) else {
                if end == bytes.index(before: bytes.endIndex) { return }
                throw RuntimeError(
                    .state,
                    "Unable to read the journal '\(path)': line \(records.count + 1) is damaged. Restore the file from a "
                        + "backup, or move it away to begin anew.")
            }
            records.append(record)
            chain = link
            rest = rest[rest.index(after: end)...]
            wholeBytes = bytes.distance(from: bytes.startIndex, to: rest.startIndex)
        }
    }

    private static func record(
        _ line: Data.SubSequence, after chain: String, _ decoder: JSONDecoder
    ) -> (JournalRecord, link: String)? {
        let json = line.dropFirst(digits + 1)
        let link = String(decoding: line.prefix(digits), as: UTF8.self)
        guard line.count > digits + 1, link == self.link(chain, Data(json)),
            let record = try? decoder.decode(JournalRecord.self, from: Data(json))
        else { return nil }
        return (record, link)
    }

    private static let digits = 16

    static func link(_ chain: String, _ json: Data) -> String {
        var hash = SHA256()
        hash.update(data: Data(chain.utf8))
        hash.update(data: json)
        return hash.finalize().prefix(digits / 2).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
