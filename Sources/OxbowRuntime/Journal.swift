import Foundation
import OxbowJournal
import OxbowProtocol

/// The broker's decisions, one a line, written before they take effect.
///
/// `JournalContent` says what a line is, docs/architecture.md has the rules of recovery. A file that grew is made anew from what a
/// broker would recover from it.
public final class Journal {
    /// What an earlier process of this broker knew.
    public let recovered: Recovery
    /// The last line was cut short: it was not acted on, and is gone.
    public let wasTorn: Bool
    private var file: DiskFile
    private let encoder = JSONEncoder()
    let path: String
    private var chain: String
    /// The file's bytes that a sync has confirmed.
    private var syncedBytes: UInt64
    /// What follows them. Kept, since after a sync that failed nobody knows what of it is on the disk.
    private var tail = Data()
    /// How much of `tail` is in the file.
    private var writtenBytes = 0
    /// What a broker would recover now.
    private var recovery: Recovery
    /// Beyond so many bytes it is made anew.
    private var largest: UInt64
    private let step: UInt64
    /// A new file has its name, but the folder was not synced since.
    private var isMoved = false

    private static let mostUnsynced = 1 << 20

    /// Reads what is there, and is ready to go on after the last whole line.
    /// - Parameter growth: bytes by which it may grow before it is made anew.
    /// - Throws: `RuntimeError` if the file cannot be opened, is in use, or is damaged before its last line.
    public init(_ path: String, patience seconds: Double = 20, growth: UInt64 = 4 << 20) throws {
        (self.path, step, largest) = (path, growth, growth)
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            // A broker whose supervisor died may need a moment to end.
            guard let own = try Self.lockedFile(path, within: seconds) else {
                throw RuntimeError(
                    .output,
                    "Unable to use the journal '\(path)': another broker works with it. Stop that one, or choose another "
                        + "--state.")
            }
            file = own
            let bytes = try file.content()
            let content = try JournalContent(bytes)
            (recovered, wasTorn, chain) = (Recovery(content.records), content.wholeBytes < bytes.count, content.chain)
            recovery = recovered
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

    /// Who waited for a file that was made anew meanwhile has the old one.
    private static func lockedFile(_ path: String, within seconds: Double) throws(DiskFailure) -> DiskFile? {
        while true {
            let file = try DiskFile(path)
            guard file.lock(within: seconds) else { return nil }
            if try file.isAt(path) { return file }
        }
    }

    /// Returns once the record is written, and synced to disk if `durable`.
    func write(_ record: JournalRecord, durable: Bool) throws {
        try add(record)
        do { try settle(durable: durable) } catch { throw Self.failure(path, error) }
    }

    /// Takes a record on, to be written by `settle`.
    func add(_ record: JournalRecord) throws {
        tail += try line(record, &chain)
        recovery.take(record)
    }

    private func line(_ record: JournalRecord, _ chain: inout String) throws -> Data {
        let json = try encoder.encode(record)
        chain = JournalContent.link(chain, json)
        return Data((chain + " ").utf8) + json + Data("\n".utf8)
    }

    /// Writes what was added, and syncs it if `durable`. May be called again after a failure: the file ends with a whole line then.
    func settle(durable: Bool) throws(DiskFailure) {
        do throws(DiskFailure) {
            try file.write(tail.dropFirst(writtenBytes), at: syncedBytes + UInt64(writtenBytes))
            writtenBytes = tail.count
            guard durable || tail.count > Self.mostUnsynced else { return }
            writtenBytes = 0
            try file.sync()
            if isMoved { try DiskFile.syncFolder(of: path) }
            isMoved = false
            syncedBytes += UInt64(tail.count)
            tail = Data()
        } catch {
            // What cannot be cut off is written over.
            try? file.truncate(to: syncedBytes + UInt64(writtenBytes))
            throw error
        }
    }

    // MARK: Made anew

    /// Makes the file anew if it grew so much since the last time; all that was added must be synced.
    /// - Returns: its bytes before and after; nil: it did not grow that much.
    func compactIfLarge() throws -> (before: UInt64, after: UInt64)? {
        guard syncedBytes > largest, tail.isEmpty else { return nil }
        // After a failure, too, the next try is for later.
        largest = syncedBytes + step
        var (content, chain) = (Data(), "")
        for record in recovery.records { content += try line(record, &chain) }
        let before = syncedBytes
        try replace(by: content)
        (self.chain, syncedBytes, largest) = (chain, UInt64(content.count), UInt64(content.count) + step)
        return (before, syncedBytes)
    }

    /// Another broker must find the old file or the new one, each locked; a crash must leave one of them whole.
    private func replace(by content: Data) throws(DiskFailure) {
        let temporary = path + ".new"
        let new = try DiskFile(temporary)
        guard new.lock(within: 0) else { throw DiskFailure(number: EWOULDBLOCK) }
        try new.truncate(to: 0)
        try new.write(content, at: 0)
        try new.sync()
        guard rename(temporary, path) == 0 else { throw DiskFailure(number: errno) }
        (file, isMoved) = (new, true)
        // If that fails it is tried again with the next record, which does not count before.
        if (try? DiskFile.syncFolder(of: path)) != nil { isMoved = false }
    }

    static func failure(_ path: String, _ error: DiskFailure) -> RuntimeError {
        RuntimeError.output("write the journal", path, error.reason)
    }
}
