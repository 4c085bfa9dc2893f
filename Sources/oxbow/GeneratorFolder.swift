import Foundation
import OxbowEvaluation
import OxbowFleet
import OxbowProtocol

/// A folder with every cluster's generator at each barrier: `round-<NNNNN>-cluster-<KKK>.safetensors`.
struct GeneratorFolder: Sendable {
    let path: String

    init(_ path: String) throws {
        self.path = path
        try OutputFolder.make(path)
    }

    func write(_ plan: Plan, round: UInt32, _ generators: [ClusterGenerator]) throws {
        // A barrier that is repeated with other members may have had more clusters.
        for old in files(round: Int(round)) { try? FileManager.default.removeItem(atPath: old) }
        for generator in generators {
            let file = GeneratorFile(
                parameters: plan.model, workers: generator.slots.map { MemberID.edge($0).description },
                tensors: generator.tensors)
            try file.write(path + String(format: "/round-%05d-cluster-%03d.safetensors", round, generator.cluster))
        }
    }

    /// Paths of one round's generators, by cluster.
    func files(round: Int) -> [String] {
        let prefix = String(format: "round-%05d-cluster-", round)
        return names.filter { $0.hasPrefix(prefix) }.sorted().map { path + "/" + $0 }
    }

    /// Removes what is older than a round, but for some.
    func removeRounds(before round: Int, sparing spared: Set<Int>) {
        for name in names {
            guard let number = Self.round(of: name), number < round, !spared.contains(number) else { continue }
            try? FileManager.default.removeItem(atPath: path + "/" + name)
        }
    }

    private var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { $0.hasSuffix(".safetensors") }
    }

    private static func round(of name: String) -> Int? {
        let parts = name.split(separator: "-")
        return parts.count == 4 && parts[0] == "round" && parts[2] == "cluster" ? Int(parts[1]) : nil
    }
}
