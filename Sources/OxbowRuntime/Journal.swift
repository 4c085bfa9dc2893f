import Foundation
import OxbowJournal
import OxbowProtocol

/// The broker's decisions, one a line, written before they take effect.
///
/// `JournalContent` says what a line is, docs/architecture.md has the rules of recovery.
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
            let content = try JournalContent(bytes)
            (records, wasTorn, chain) = (content.records, content.wholeBytes < bytes.count, content.chain)
            syncedBytes = UInt64(content.wholeBytes)
            try file.truncate(to: syncedBytes)
        } catch let error as DiskFailure {
            throw Self.failure(path, error)
        } catch let fault as JournalFault {
            throw RuntimeError(
                .state,
                "Unable to read the journal '\(path)': line \(fault.line) \(fault.reason). Restore the file from a backup, or move "
                    + "it away to begin anew.")
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
