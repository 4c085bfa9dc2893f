import Foundation
import OxbowReport

/// What each process of a run used: as it said itself at its end, and as the kernel said meanwhile of one that was killed.
final class UsageRecord {
    private let folder: String
    /// Of the process that runs now, as the kernel said last.
    private var current: [String: ProcessUsage] = [:]
    /// Of processes that ended and were started anew.
    private var earlier: [String: ProcessUsage] = [:]
    private var sampled = Date.distantPast

    init(_ folder: String) throws {
        self.folder = folder
        try OutputFolder.make(folder)
    }

    /// Where a process leaves what it used.
    func file(_ name: String) -> String { "\(folder)/\(name).json" }

    /// Twice a second is enough: whoever ends in order says it himself.
    func sample(_ children: [Child]) {
        guard Date().timeIntervalSince(sampled) >= 0.5 else { return }
        sampled = Date()
        for child in children where child.exitCode == nil {
            if let found = ProcessUsage(pid: child.pid) { current[child.name] = found }
        }
    }

    func restarted(_ name: String) {
        earlier[name] = total(name)
        current[name] = nil
        try? FileManager.default.removeItem(atPath: file(name))
    }

    /// By name, once all have ended.
    func all() -> [String: ProcessUsage] {
        let said = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let names = Set(said.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }).union(current.keys)
        var result: [String: ProcessUsage] = [:]
        for name in names { result[name] = total(name) }
        return result
    }

    private func total(_ name: String) -> ProcessUsage? {
        let known = [ProcessUsage(file: file(name)) ?? current[name], earlier[name]].compactMap { $0 }
        guard let peak = known.map(\.peakBytes).max() else { return nil }
        return ProcessUsage(peakBytes: peak, cpuSeconds: known.reduce(0) { $0 + $1.cpuSeconds })
    }
}
