import Foundation
import OxbowExperiment
import OxbowProbe

/// A folder of state folders for workers that share a disk: each takes the lowest one that is free, for as long as it lives.
///
/// `slot-<number>/` belongs to a tier, and to a domain if one was said. Numbers are unique over all tiers, and nothing is ever
/// removed, so a worker that comes back after a restart, or a scaling down and up, is the one that it was.
struct StatePool {
    let folder: String

    /// A state folder that is this process's until it ends, or gives it back.
    struct Slot {
        let number: Int
        let path: String
        fileprivate let lock: FileLock

        func release() { lock.release() }
    }

    /// What a slot's folder says whom it is for.
    private struct Owner: Codable, Hashable {
        var tier: String
        /// As it was said; nil: none was.
        var domain: String?
    }

    private static let ownerFile = "slot.json"
    static let lockFile = "lock"

    /// - Throws: `Failure` in band output where no folder can be made or locked.
    func take(tier: String, domain: String?) throws -> Slot {
        try OutputFolder.make(folder)
        guard let pool = FileLock(folder: folder, name: Self.lockFile) else { throw unlockable(folder) }
        defer { pool.release() }
        let owner = Owner(tier: tier, domain: domain)
        let numbers = try numbers()
        for number in numbers where self.owner(number) == owner {
            if let lock = FileLock(taking: path(number) + "/" + Self.lockFile) {
                return Slot(number: number, path: path(number), lock: lock)
            }
        }
        return try make((numbers.last ?? -1) + 1, owner)
    }

    private func path(_ number: Int) -> String {
        let digits = String(number)
        return folder + "/slot-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    private func numbers() throws -> [Int] {
        try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { name in
            name.hasPrefix("slot-") ? Int(name.dropFirst(5)).flatMap { $0 >= 0 ? $0 : nil } : nil
        }.sorted()
    }

    /// nil where the file is missing or torn: such a folder is nobody's.
    private func owner(_ number: Int) -> Owner? {
        FileManager.default.contents(atPath: path(number) + "/" + Self.ownerFile)
            .flatMap { try? JSONDecoder().decode(Owner.self, from: $0) }
    }

    /// Only by who has the pool's lock.
    private func make(_ number: Int, _ owner: Owner) throws -> Slot {
        let slot = path(number)
        try OutputFolder.make(slot, mode: 0o700)
        guard let lock = FileLock(taking: slot + "/" + Self.lockFile) else { throw unlockable(slot) }
        try OutputFolder.write(JSON.encoder.encode(owner), to: slot + "/" + Self.ownerFile)
        return Slot(number: number, path: slot, lock: lock)
    }

    private func unlockable(_ path: String) -> Failure {
        Failure(
            .output,
            "Unable to lock '\(path)': no file in it can be locked. Name a --state-pool on a disk of this machine that this user "
                + "may write.")
    }
}
