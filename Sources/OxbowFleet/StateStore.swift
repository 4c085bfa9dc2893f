import OxbowSafetensors
import OxbowTraining

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where a member keeps its states of barriers; what is in it survives the process.
public protocol StateStore: AnyObject {
    /// The run whose barriers are here, and their rounds, rising.
    var saved: (run: UInt64, barriers: [UInt32]) { get }
    /// Returns once the state is durable.
    func save(_ state: NamedTensors, run: UInt64, round: UInt32) throws
    func load(run: UInt64, round: UInt32) throws -> NamedTensors
    /// Keeps barriers from `round` on.
    func drop(before round: UInt32, run: UInt64)
}

/// Keeps states in memory, for simulated processes.
public final class MemoryStateStore: StateStore {
    private var run: UInt64 = 0
    private var states: [UInt32: NamedTensors] = [:]

    public init() {}

    public var saved: (run: UInt64, barriers: [UInt32]) { (run, states.keys.sorted()) }

    public func save(_ state: NamedTensors, run: UInt64, round: UInt32) {
        if run != self.run { states.removeAll() }
        self.run = run
        states[round] = state
    }

    public func load(run: UInt64, round: UInt32) throws -> NamedTensors {
        guard run == self.run, let state = states[round] else { throw FleetError("Barrier \(round) is not saved here.") }
        return state
    }

    public func drop(before round: UInt32, run: UInt64) {
        states = states.filter { $0.key >= round }
    }
}

/// One safetensors file a barrier in a folder: `barrier-<round>.safetensors`, written atomically.
public final class FolderStateStore: StateStore {
    private let folder: String
    private let retain: Int
    private let told: (String) -> Void
    private let removed: (Int) -> Void

    /// - Parameters:
    ///   - retain: runs before the one under way whose states are kept: a broker that was restored from a copy may go on with one.
    ///   - told: in a sentence each, of a state that cannot be used, and of what was removed from a full disk.
    ///   - removed: told how many files of earlier runs were removed.
    /// - Throws: if the folder cannot be made.
    public init(
        _ folder: String, retain: Int = 1, told: @escaping (String) -> Void = { _ in },
        removed: @escaping (Int) -> Void = { _ in }
    ) throws {
        (self.folder, self.retain) = (folder, max(0, retain))
        (self.told, self.removed) = (told, removed)
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw FleetError(
                "Unable to write to '\(folder)': the folder cannot be made. Choose one that this user may write.")
        }
    }

    /// Only those that can be read and hold what was saved: a damaged one is told of and left out.
    public var saved: (run: UInt64, barriers: [UInt32]) {
        let run = runs.max { $0.value < $1.value }?.key ?? 0
        return (run, rounds(of: run).filter { isSound(run, $0) })
    }

    private func isSound(_ run: UInt64, _ round: UInt32) -> Bool {
        do {
            _ = try load(run: run, round: round)
            return true
        } catch {
            told("\(error)")
            return false
        }
    }

    public func save(_ state: NamedTensors, run: UInt64, round: UInt32) throws {
        var file = SafetensorsFile(
            metadata: ["run": "\(run)", "barrier": "\(round)", "digest": StateDigest.hex(StateDigest.digest(state))])
        for tensor in state { file.tensors[tensor.name] = StoredTensor(shape: tensor.shape, tensor.values) }
        do {
            try file.write(path(run, round))
        } catch {
            // Perhaps the disk is full: once what nobody needs is gone, there may be room.
            guard free(for: run, saving: round) > 0 else { throw error }
            try file.write(path(run, round))
        }
        prune(sparing: run)
    }

    /// Removes states of all but this run and the last ones before it: a worker may serve its fleet for years.
    private func prune(sparing run: UInt64) {
        let kept = Set(runs.filter { $0.key != run }.sorted { $0.value > $1.value }.prefix(retain).map(\.key) + [run])
        let old = names.filter { !kept.contains($0.run) }.map { path($0.run, $0.round) }
        let count = old.count { (try? FileManager.default.removeItem(atPath: $0)) != nil }
        if count > 0 { removed(count) }
    }

    /// Removes what no run can return to: files that a killed process left half, states of runs before this one, and barriers
    /// before this run's last two.
    /// - Returns: how many files.
    private func free(for run: UInt64, saving round: UInt32) -> Int {
        let kept = Set(rounds(of: run).filter { $0 < round }.suffix(2) + [round])
        let states = names.filter { $0.run != run || !kept.contains($0.round) }.map { path($0.run, $0.round) }
        let removed = (states + halves).filter { (try? FileManager.default.removeItem(atPath: $0)) != nil }
        if !removed.isEmpty {
            told("The disk of '\(folder)' is full: \(removed.count) files that no run needs any more were removed.")
        }
        return removed.count
    }

    public func load(run: UInt64, round: UInt32) throws -> NamedTensors {
        let file = try SafetensorsFile.read(path(run, round))
        let state = NamedTensors(
            try file.names.map { name in
                guard let tensor = file.tensors[name], let values: [Float] = tensor.values() else {
                    throw FleetError("Unable to read '\(path(run, round))': '\(name)' is not float32.")
                }
                return NamedTensor(name: name, shape: tensor.shape, values: values)
            })
        guard file.metadata["digest"] == StateDigest.hex(StateDigest.digest(state)) else {
            throw FleetError(
                "Unable to read '\(path(run, round))': its checksum is wrong, the file was damaged. Remove it; the barrier before "
                    + "is used.")
        }
        return state
    }

    public func drop(before round: UInt32, run: UInt64) {
        for old in rounds(of: run) where old < round {
            // A file that cannot be removed costs disk space, nothing else.
            try? FileManager.default.removeItem(atPath: path(run, old))
        }
        for half in halves { try? FileManager.default.removeItem(atPath: half) }
    }

    /// Files that a process which was killed left while it wrote.
    private var halves: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasPrefix("barrier-") && $0.hasSuffix(".tmp") }.map { "\(folder)/\($0)" }
    }

    private func path(_ run: UInt64, _ round: UInt32) -> String { "\(folder)/barrier-\(run)-\(round).safetensors" }

    private var names: [(run: UInt64, round: UInt32)] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.compactMap { file in
            let parts = file.split(separator: ".")
            let fields = parts.first?.split(separator: "-") ?? []
            guard parts.count == 2, parts[1] == "safetensors", fields.count == 3, fields[0] == "barrier",
                let run = UInt64(fields[1]), let round = UInt32(fields[2])
            else { return nil }
            return (run, round)
        }
    }

    /// Run numbers and their newest barrier; the run with the latest file is the one to go on with.
    private var runs: [UInt64: Double] {
        var newest: [UInt64: Double] = [:]
        for (run, round) in names {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path(run, round))
            let date = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            newest[run] = max(newest[run] ?? 0, date)
        }
        return newest
    }

    private func rounds(of run: UInt64) -> [UInt32] { names.filter { $0.run == run }.map(\.round).sorted() }
}
