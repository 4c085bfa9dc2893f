import Foundation
import OxbowScheduling

/// Measured speeds in a file, so that a machine is measured once and not by two processes at the same time.
public struct SpeedCache: Hashable, Sendable {
    public let folder: String

    /// Where the speeds are.
    public var path: String { folder + "/speeds.json" }

    public init(_ folder: String = SpeedCache.defaultFolder) { self.folder = folder }

    /// `oxbow` in `$XDG_CACHE_HOME` or `~/.cache`.
    public static var defaultFolder: String { defaultFolder(ProcessInfo.processInfo.environment) }

    static func defaultFolder(_ environment: [String: String]) -> String {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let cache = value("XDG_CACHE_HOME") ?? (value("HOME") ?? NSHomeDirectory()) + "/.cache"
        return cache + "/oxbow"
    }

    /// The speeds for a key: known ones, else what `measure` gives, which then is known.
    ///
    /// Who comes while another measures waits and reads. A file that cannot be read is written anew, and one that cannot be
    /// written is done without; `note` is told in a sentence. Throws what `measure` throws.
    public func speeds(
        for key: SpeedKey, note: (String) -> Void = { _ in }, measure: () throws -> [KernelSpeed]
    ) throws -> [KernelSpeed] {
        if let known = known(key) { return known }
        let lock = FileLock(folder: folder, name: "speeds.lock") {
            note("Another process measures this machine's speed: waiting for it.")
        }
        if lock == nil { note("Unable to lock '\(folder)': this user may not write there. The speed is measured each time.") }
        defer { lock?.release() }
        if let known = known(key) { return known }
        let speeds = try measure()
        if lock != nil { write(speeds, for: key, note) }
        return speeds
    }

    struct Entry: Codable, Hashable {
        var key: SpeedKey
        var speeds: [KernelSpeed]

        var isUsable: Bool {
            !speeds.isEmpty
                && speeds.allSatisfy { speed in
                    [speed.width, speed.gflops, speed.outerGflops].allSatisfy { $0.isFinite && $0 > 0 }
                }
        }
    }

    private func known(_ key: SpeedKey) -> [KernelSpeed]? { entries.first { $0.key == key }?.speeds }

    /// None when the file is torn or another program's.
    private var entries: [Entry] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return ((try? JSONDecoder().decode([Entry].self, from: data)) ?? []).filter(\.isUsable)
    }

    /// Only by who has the lock.
    private func write(_ speeds: [KernelSpeed], for key: SpeedKey, _ note: (String) -> Void) {
        let entry = Entry(key: key, speeds: speeds)
        guard entry.isUsable else { return }
        // Of the same task on the same host only the newest: others are of an older release or machine.
        let others = entries.filter { ($0.key.host, $0.key.task, $0.key.batch) != (key.host, key.task, key.batch) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try encoder.encode(others + [entry]).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            note("Unable to write '\(path)': \(error.localizedDescription). The speed is measured again next time.")
        }
    }
}
