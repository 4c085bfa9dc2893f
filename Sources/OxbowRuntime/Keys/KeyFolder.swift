import Foundation
import ZeroMQ

/// A broker's keys on its disk: its own, and a file for each that it knows. Written by commands too while the broker runs.
public struct KeyFolder: Sendable {
    public let path: String

    /// - Throws: `RuntimeError` if the folder cannot be made.
    public init(_ path: String) throws {
        self.path = path
        for folder in ["", WorkerEntry.folder, TokenEntry.folder, OperatorEntry.folder] {
            do {
                try FileManager.default.createDirectory(
                    atPath: "\(path)/\(folder)", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw RuntimeError.output("make the folder", "\(path)/\(folder)", error.localizedDescription)
            }
        }
    }

    // MARK: The broker's own

    /// The broker's key, made if there is none.
    /// - Throws: `RuntimeError` for a file that is no key or that others may read, or that cannot be made.
    public func brokerKey() throws -> KeyPair {
        let file = path + "/broker.key"
        do {
            let text = try PrivateFile.read(file)
            guard let secret = CurveKey(hex: text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
                throw Self.unfit(file, "it does not hold 64 hex digits", "Restore it from a backup; workers know it.")
            }
            return KeyPair(secretKey: secret)
        } catch let fault as PrivateFile.Unfit {
            guard fault.isMissing else {
                throw Self.unfit(file, fault.reason, fault.isOpen ? "Make it yours alone: chmod 600 '\(file)'." : "Restore it.")
            }
            return try makeBrokerKey(file)
        }
    }

    private func makeBrokerKey(_ file: String) throws -> KeyPair {
        let pair = KeyPair()
        do {
            // A command may do the same now: who is second takes what is there.
            guard try PrivateFile.create(pair.secretKey.hex + "\n", at: file) else { return try brokerKey() }
            try PrivateFile.write(pair.publicKey.hex + "\n", to: path + "/broker.pub", mode: 0o644)
        } catch let failure as DiskFailure {
            throw RuntimeError.output("write", file, failure.reason)
        }
        return pair
    }

    private static func unfit(_ file: String, _ reason: String, _ remedy: String) -> RuntimeError {
        RuntimeError(.key, "Unable to use '\(file)' as the broker's key: \(reason). \(remedy)")
    }

    // MARK: Others'

    /// - Throws: `RuntimeError`.
    public func write(_ entry: some KeyEntry) throws {
        let file = file(entry)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let text = String(decoding: try encoder.encode(entry), as: UTF8.self) + "\n"
        do throws(DiskFailure) {
            try PrivateFile.write(text, to: file)
        } catch {
            throw RuntimeError.output("write", file, error.reason)
        }
    }

    private func file(_ entry: some KeyEntry) -> String { "\(path)/\(type(of: entry).folder)/\(entry.fingerprint).json" }

    /// As it is on the disk now; nil if it is not there or cannot be read.
    func fresh<Entry: KeyEntry>(_ entry: Entry) -> Entry? { try? read(file(entry)) }

    private func read<Entry: KeyEntry>(_ file: String) throws -> Entry {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let entry = try decoder.decode(Entry.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
        guard file.hasSuffix("/\(entry.fingerprint).json") else {
            throw CocoaError(.fileReadCorruptFile)
        }
        return entry
    }

    /// What was read, with when each file was last changed.
    struct Reading {
        fileprivate struct Stamp: Hashable {
            var seconds: Int
            var nanoseconds: Int
            var inode: UInt64
        }
        fileprivate var stamps: [String: Stamp] = [:]
        fileprivate var folders: [Stamp] = []
        fileprivate var isSettled = false
        private(set) var book = KeyBook()
        /// Files that are no entries, with why; they count as not there.
        fileprivate(set) var faults: [String] = []

        fileprivate mutating func update(_ change: (inout KeyBook) -> Void) { change(&book) }
    }

    /// All entries. Files that were not changed since `previous` are not read again.
    func read(_ previous: Reading = Reading()) -> Reading {
        let folders = [WorkerEntry.folder, TokenEntry.folder, OperatorEntry.folder].map { stamp("\(path)/\($0)") }
        if previous.isSettled, folders.compactMap({ $0 }) == previous.folders { return previous }
        var reading = Reading()
        reading.folders = folders.compactMap { $0 }
        // The clock of files is coarse: what was changed just now may change again under the same time.
        let recent = time(nil) - 2
        reading.isSettled = reading.folders.count == folders.count && reading.folders.allSatisfy { $0.seconds < recent }
        let workers: [String: WorkerEntry] = entries(previous.book.workers, previous, &reading)
        let tokens: [String: TokenEntry] = entries(previous.book.tokens, previous, &reading)
        let operators: [String: OperatorEntry] = entries(previous.book.operators, previous, &reading)
        reading.update { ($0.workers, $0.tokens, $0.operators) = (workers, tokens, operators) }
        return reading
    }

    private func entries<Entry: KeyEntry>(
        _ known: [String: Entry], _ previous: Reading, _ reading: inout Reading
    ) -> [String: Entry] {
        let folder = "\(path)/\(Entry.folder)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var entries: [String: Entry] = [:]
        for name in names.sorted() where name.hasSuffix(".json") {
            let file = "\(folder)/\(name)"
            let fingerprint = String(name.dropLast(5))
            let stamp = stamp(file)
            reading.stamps[file] = stamp
            if let entry = known[fingerprint], stamp != nil, previous.stamps[file] == stamp {
                entries[fingerprint] = entry
                continue
            }
            do {
                let entry: Entry = try read(file)
                entries[fingerprint] = entry
            } catch {
                reading.faults.append(file)
            }
        }
        return entries
    }

    private func stamp(_ path: String) -> Reading.Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return .init(seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec, inode: UInt64(status.st_ino))
    }

    /// All keys that the folder has.
    public var book: KeyBook { read().book }
}
