import Foundation
import OxbowRuntime

/// By what name a broker knows a worker, for good.
enum WorkerName {
    /// As the owner said; else `core` for a core, and for an edge host and tier (or tier and slot, where containers come and go)
    /// with an end of its own, which is kept in the state folder: two workers of one machine are two, and each is the same one
    /// again when it comes back.
    static func make(_ said: String?, role: RoleName, tier: String, slot: Int? = nil, state: String?) throws -> String {
        if let said { return said }
        guard role == .edge else { return "core" }
        let host = "\(ProcessInfo.processInfo.hostName.prefix(40))-\(tier.prefix(16))-"
        let name = slot.map { "\(tier.prefix(40))-\($0)-" } ?? host
        guard let state else { return name + "\(ProcessInfo.processInfo.processIdentifier)" }
        let file = state + "/worker-name"
        if let kept = try? String(contentsOfFile: file, encoding: .utf8), RunName.isValid(kept) { return kept }
        let made = name + String(UInt32.random(in: 0...UInt32.max), radix: 16)
        try OutputFolder.make(state)
        try OutputFolder.write(Data(made.utf8), to: file)
        return made
    }

    /// Refuses what could not be a place in an experiment or a file's name.
    static func check(_ text: String, _ option: String) throws {
        guard RunName.isValid(text) else {
            throw Failure(
                .usage,
                "Unable to use '\(text)' as \(option): it must have 1 to 64 of a-z, A-Z, 0-9, '-', '_' and '.', and begin with a "
                    + "letter or digit.")
        }
    }
}
