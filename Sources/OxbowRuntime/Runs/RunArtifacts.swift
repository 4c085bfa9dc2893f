import Foundation
import OxbowProtocol

/// What a core leaves at barriers, in a run's folder.
///
/// A file waits in `artifacts/<round>/` until that round's barrier is committed. Then generators become the run's newest,
/// and pictures go to `samples/`. The files of the last two barriers stay, so that a return to one finds them.
public final class RunArtifacts {
    public struct Limits: Sendable {
        /// Of one file.
        public var fileBytes = 256 << 20
        /// Of one round.
        public var files = 256
        /// Of one round's files together.
        public var roundBytes = 1 << 30
        /// Pictures in `samples/`; of more, every second round's go.
        public var pictures = 4000

        public init() {}
    }

    private let folder: String
    private let limits: Limits
    private var stored: [UInt32: (files: Int, bytes: Int)] = [:]
    /// What the disk did not take of the newest round: it is tried again.
    private var unstored: [(key: ArtifactKey, bytes: Data)] = []
    /// A committed round whose files are not all there: the ones before stay in their places until they are.
    private var unpublished: UInt32?

    public init(folder: String, limits: Limits = Limits()) { (self.folder, self.limits) = (folder, limits) }

    private var waiting: String { folder + "/artifacts" }
    private var samples: String { folder + "/samples" }
    private func waiting(_ round: UInt32) -> String { waiting + String(format: "/%05d", Int(round)) }

    /// Writes a file whole or not at all.
    /// - Throws: `RuntimeError` for a name that is none, more than the limits, or a disk that does not take it.
    public func store(_ key: ArtifactKey, _ bytes: Data) throws {
        guard RunName.isValid(key.name) else { throw refusal(key, "its name is not a file's") }
        let so = stored[key.round] ?? (0, 0)
        guard bytes.count <= limits.fileBytes, so.bytes + bytes.count <= limits.roundBytes, so.files < limits.files else {
            throw refusal(key, "it is more than a round may leave")
        }
        stored[key.round] = (so.files + 1, so.bytes + bytes.count)
        // A core that never comes to a barrier must not fill the disk.
        if let oldest = stored.keys.min(), stored.count > 3 { drop(oldest) }
        unstored.removeAll { $0.key.round != key.round || $0.key.name == key.name }
        do {
            try write(key, bytes)
        } catch {
            unstored.append((key, bytes))
            throw error
        }
    }

    private func write(_ key: ArtifactKey, _ bytes: Data) throws {
        do {
            try FileManager.default.createDirectory(atPath: waiting(key.round), withIntermediateDirectories: true)
            try bytes.write(to: URL(fileURLWithPath: "\(waiting(key.round))/\(key.name)"), options: .atomic)
        } catch {
            throw RuntimeError.output("write", "\(waiting(key.round))/\(key.name)", error.localizedDescription)
        }
    }

    /// Files that the disk did not take, and that are still to be tried again.
    public var missing: [ArtifactKey] { unstored.map(\.key) }

    /// Tries again what the disk did not take.
    /// - Returns: whether nothing is missing any more, if something was.
    @discardableResult public func storeMissing() -> Bool {
        guard !unstored.isEmpty else { return false }
        while let (key, bytes) = unstored.first {
            do { try write(key, bytes) } catch { return false }
            unstored.removeFirst()
        }
        if let round = unpublished { publish(round) }
        return true
    }

    private func refusal(_ key: ArtifactKey, _ reason: String) -> RuntimeError {
        RuntimeError(.peer, "Unable to keep '\(key)': \(reason). Use one release for broker and core.")
    }

    /// The barrier of this round is committed: its files become the run's.
    public func publish(_ round: UInt32) {
        unpublished = nil
        guard !unstored.contains(where: { $0.key.round == round }) else { return unpublished = round }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: waiting(round))) ?? []
        let generators = names.filter { $0.hasPrefix("generator-") && $0.hasSuffix(".safetensors") }
        if !generators.isEmpty { replaceGenerators(by: generators, of: round) }
        let pictures = names.filter { $0.hasSuffix(".png") }
        if !pictures.isEmpty { try? FileManager.default.createDirectory(atPath: samples, withIntermediateDirectories: true) }
        for name in pictures { replace("\(samples)/\(name)", by: "\(waiting(round))/\(name)") }
        for old in stored.keys where old + 1 < round { drop(old) }
        thinPictures()
    }

    private func replaceGenerators(by names: [String], of round: UInt32) {
        for name in names { replace("\(folder)/\(name)", by: "\(waiting(round))/\(name)") }
        // There may have been more clusters before.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasPrefix("generator-") && name.hasSuffix(".safetensors") && !names.contains(name) {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    /// A second name for the file, put in place at once; a reader of the old one is not disturbed.
    private func replace(_ path: String, by source: String) {
        let temporary = "\(path).\(UInt32.random(in: 0...UInt32.max)).tmp"
        let hidden = (temporary as NSString).deletingLastPathComponent + "/." + (temporary as NSString).lastPathComponent
        guard link(source, hidden) == 0 || (try? FileManager.default.copyItem(atPath: source, toPath: hidden)) != nil else {
            // Half a copy may be left.
            unlink(hidden)
            return
        }
        rename(hidden, path)
        // Of two names for one file, rename leaves both.
        unlink(hidden)
    }

    private func drop(_ round: UInt32) {
        stored[round] = nil
        try? FileManager.default.removeItem(atPath: waiting(round))
    }

    // MARK: Pictures

    /// `cluster-<k>-round-<NNN>.png`, by round and cluster.
    public var pictures: [(round: Int, cluster: Int, file: String)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: samples)) ?? []
        return names.compactMap { name in
            let parts = name.split(separator: ".").first?.split(separator: "-") ?? []
            guard parts.count == 4, parts[0] == "cluster", parts[2] == "round", let cluster = Int(parts[1]),
                let round = Int(parts[3])
            else { return nil }
            return (round, cluster, name)
        }.sorted { ($0.round, $0.cluster) < ($1.round, $1.cluster) }
    }

    private func thinPictures() {
        let all = pictures
        guard all.count > limits.pictures, let last = all.last?.round else { return }
        let rounds = Set(all.map(\.round)).sorted()
        let dropped = Set(rounds.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)).subtracting([last])
        for picture in all where dropped.contains(picture.round) {
            try? FileManager.default.removeItem(atPath: "\(samples)/\(picture.file)")
        }
    }
}
