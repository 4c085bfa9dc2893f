import OxbowEvaluation
import OxbowFleet
import OxbowModel
import OxbowProtocol

/// What a core leaves at a barrier for its broker: each cluster's generator, and a grid of what it makes.
///
/// Keeps the primitives of one model between barriers. Used by one thread at a time.
final class CoreArtifacts {
    private var sampler: GeneratorSampler?

    /// Rows of a grid; of more classes the first are drawn.
    static let mostClasses = 64

    /// `generator-<cluster>.safetensors` and `cluster-<k>-round-<NNN>.png` of every cluster, whose names keys may have.
    ///
    /// Throws as `GeneratorFile` and `SampleGrid` do: for tensors that are not the plan's model's.
    func files(_ generators: [ClusterGenerator], of plan: Plan, round: UInt32) throws -> [(key: ArtifactKey, bytes: [UInt8])] {
        try generators.flatMap { generator -> [(key: ArtifactKey, bytes: [UInt8])] in
            let file = GeneratorFile(
                parameters: plan.model, workers: generator.slots.map { MemberID.edge($0).description },
                tensors: generator.tensors)
            let name = "generator-\(generator.cluster).safetensors"
            let picture = Self.pictureName(cluster: generator.cluster, round: round)
            let png = try SampleGrid.png(
                try sampler(file), seed: plan.seed, classes: min(plan.model.classes, Self.mostClasses))
            return [
                (ArtifactKey(round: round, name: name), try file.encode(name)), (ArtifactKey(round: round, name: picture), png),
            ]
        }
    }

    /// As in a local run's `samples/`.
    static func pictureName(cluster: Int, round: UInt32) -> String {
        let digits = String(round)
        return "cluster-\(cluster)-round-\(String(repeating: "0", count: max(0, 3 - digits.count)))\(digits).png"
    }

    private func sampler(_ file: GeneratorFile) throws -> GeneratorSampler {
        if let sampler, sampler.model.parameters == file.parameters {
            try sampler.install(file.tensors)
            return sampler
        }
        let made = try file.sampler()
        sampler = made
        return made
    }
}
