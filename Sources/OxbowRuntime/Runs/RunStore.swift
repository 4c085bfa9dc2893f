import Foundation
import OxbowProtocol

/// The runs of a broker on its disk, one folder each: what was submitted, the log, and what came of it.
///
/// Holds nothing in memory but paths, so that several threads may use it; each run has one writer.
public struct RunStore: Sendable {
    /// What is known of a run beside its files: `run.json`.
    public struct Entry: Codable, Hashable, Sendable {
        public var summary: RunSummary
        public var imageHeight: UInt32
        public var imageWidth: UInt32
        public var imageChannels: UInt32
        public var classes: UInt32
    }

    public let path: String
    /// Runs that are kept once they ended.
    public let retain: Int
    /// Of those, the ones that keep their traces.
    public let retainTraces: Int

    /// Makes the folder; runs that a broker left without an end are marked as ended, but for those that go on.
    /// - Throws: `RuntimeError` if the folder cannot be made.
    public init(_ path: String, retain: Int, retainTraces: Int = .max, goingOn: Set<String> = []) throws {
        (self.path, self.retain, self.retainTraces) = (path, max(0, retain), max(0, retainTraces))
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw RuntimeError.output("make the folder", path, error.localizedDescription)
        }
        for var entry in entries where entry.summary.ended == nil && !goingOn.contains(entry.summary.id) {
            entry.summary.state = .stopped
            entry.summary.outcome = "the broker ended before the run did"
            entry.summary.ended = entry.summary.submitted
            try? write(entry)
        }
    }

    public func folder(_ run: String) -> String { "\(path)/\(run)" }
    public func experiment(_ run: String) -> String { folder(run) + "/experiment.yaml" }
    public func log(_ run: String) -> String { folder(run) + "/log.jsonl" }
    private func entryFile(_ run: String) -> String { folder(run) + "/run.json" }

    // MARK: Entries

    /// All that can be read, by submission.
    public var entries: [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter(RunName.isValid).compactMap(entry).sorted {
            ($0.summary.submitted, $0.summary.id) < ($1.summary.submitted, $1.summary.id)
        }
    }

    public func entry(_ run: String) -> Entry? {
        guard RunName.isValid(run), let data = FileManager.default.contents(atPath: entryFile(run)) else { return nil }
        let entry = try? JSONDecoder().decode(Entry.self, from: data)
        return entry?.summary.id == run ? entry : nil
    }

    /// Makes the folder of a new run; the name is its own, or made unique by a number.
    /// - Throws: `OperatorRefusal`: a name that cannot be one, or a disk that does not take it.
    public func create(_ submission: Submission, experiment yaml: String, rounds: UInt32, at time: Date)
        throws(OperatorRefusal) -> String
    {
        let name = submission.name.isEmpty ? RunName.make(at: time) : submission.name
        guard RunName.isValid(name) else {
            throw OperatorRefusal(.unusable, "'\(name)' cannot be a run's name: \(RunName.rule)")
        }
        let id = try makeFolder(name)
        let entry = Entry(
            summary: RunSummary(id: id, state: .queued, rounds: rounds, submitted: time.timeIntervalSince1970),
            imageHeight: submission.imageHeight, imageWidth: submission.imageWidth,
            imageChannels: submission.imageChannels, classes: submission.classes)
        do {
            try Data(yaml.utf8).write(to: URL(fileURLWithPath: experiment(id)), options: .atomic)
            try write(entry)
        } catch {
            try? FileManager.default.removeItem(atPath: folder(id))
            throw OperatorRefusal(.failed, "its folder cannot be written: \(error.localizedDescription)")
        }
        return id
    }

    /// Making the folder decides, so that two of one name cannot both be first.
    private func makeFolder(_ name: String) throws(OperatorRefusal) -> String {
        for number in 1...1000 {
            let id = number == 1 ? name : RunName.numbered(name, number)
            if mkdir(folder(id), 0o755) == 0 { return id }
            guard errno == EEXIST else {
                throw OperatorRefusal(.failed, "its folder cannot be made: \(String(cString: strerror(errno)))")
            }
        }
        throw OperatorRefusal(.unusable, "a thousand runs are named '\(name)'; choose another --name")
    }

    public func write(_ entry: Entry) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(entry).write(to: URL(fileURLWithPath: entryFile(entry.summary.id)), options: .atomic)
    }

    /// Removes the runs that ended first, beyond those that are kept, and traces of more of them.
    /// - Returns: the runs that were removed, and those whose traces were.
    @discardableResult public func prune() -> (runs: [String], traces: [String]) {
        let ended = entries.filter { $0.summary.ended != nil }.sorted { ($0.summary.ended ?? 0) < ($1.summary.ended ?? 0) }
            .map(\.summary.id)
        let runs = ended.dropLast(retain).filter { remove(folder($0)) }
        return (runs, ended.suffix(retain).dropLast(retainTraces).filter(removeTraces))
    }

    /// - Returns: whether there was one.
    private func removeTraces(of run: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder(run))) ?? []
        return names.filter { $0.hasSuffix(".oxtrace") && remove("\(folder(run))/\($0)") }.isEmpty == false
    }

    private func remove(_ path: String) -> Bool { (try? FileManager.default.removeItem(atPath: path)) != nil }
}

/// Names of runs: of people, files and folders.
public enum RunName {
    static let rule = "1 to 64 of a-z, A-Z, 0-9, '-', '_' and '.', beginning with a letter or digit"

    public static func isValid(_ name: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 }
        guard (1...64).contains(name.utf8.count), name.utf8.first.map(isAlphanumeric) == true else { return false }
        return name.utf8.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
    }

    /// `yyyyMMdd-HHmmss-xxxx` in UTC.
    static func make(at time: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "yyyyMMdd-HHmmss"
        let digits = String(UInt16.random(in: 0...UInt16.max), radix: 16)
        return formatter.string(from: time) + "-" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    static func numbered(_ name: String, _ number: Int) -> String {
        let end = "-\(number)"
        return name.prefix(64 - end.count) + end
    }
}
