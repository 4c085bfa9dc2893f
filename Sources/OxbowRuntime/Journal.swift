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
    private let file: DiskFile
    private let encoder = JSONEncoder()
    let path: String
    private var chain: String
    /// The file's bytes that a sync has confirmed.
    private var syncedBytes: UInt64
    /// What follows them. Kept, since after a sync that failed nobody knows what of it is on the disk.
    private var tail = Data()
    /// How much of `tail` is in the file.
    private var writtenBytes = 0

    private static let mostUnsynced = 1 << 20

    /// Reads what is there, and is ready to go on after the last whole line.
    /// - Throws: `RuntimeError` if the file cannot be opened, is in use, or is damaged before its last line.
    public init(_ path: String, patience seconds: Double = 20) throws {
        self.path = path
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            file = try DiskFile(path)
            // A broker whose supervisor died may need a moment to end.
            guard file.lock(within: seconds) else {
                throw RuntimeError(
                    .output,
                    "Unable to use the journal '\(path)': another broker works with it. Stop that one, or choose another "
                        + "--state.")
            }
            let bytes = try file.content()
            let content = try JournalContent(bytes, path)
            (records, wasTorn, chain) = (content.records, content.wholeBytes < bytes.count, content.chain)
            syncedBytes = UInt64(content.wholeBytes)
            try file.truncate(to: syncedBytes)
        } catch let error as DiskFailure {
            throw Self.failure(path, error)
        }
    }

    /// Returns once the record is written, and synced to disk if `durable`.
    func write(_ record: JournalRecord, durable: Bool) throws {
        try add(record)
        do { try settle(durable: durable) } catch { throw Self.failure(path, error) }
    }

    /// Takes a record on, to be written by `settle`.
    func add(_ record: JournalRecord) throws {
        let json = try encoder.encode(record)
        chain = JournalContent.link(chain, json)
        tail += Data((chain + " ").utf8) + json + Data("\n".utf8)
    }

    /// Writes what was added, and syncs it if `durable`. May be called again after a failure: the file ends with a whole line then.
    func settle(durable: Bool) throws(DiskFailure) {
        do throws(DiskFailure) {
            try file.write(tail.dropFirst(writtenBytes), at: syncedBytes + UInt64(writtenBytes))
            writtenBytes = tail.count
            guard durable || tail.count > Self.mostUnsynced else { return }
            writtenBytes = 0
            try file.sync()
            syncedBytes += UInt64(tail.count)
            tail = Data()
        } catch {
            // What cannot be cut off is written over.
            try? file.truncate(to: syncedBytes + UInt64(writtenBytes))
            throw error
        }
    }

    static func failure(_ path: String, _ error: DiskFailure) -> RuntimeError {
        RuntimeError.output("write the journal", path, error.reason)
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
