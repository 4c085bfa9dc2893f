import Foundation
import OxbowData
import OxbowEvaluation
import OxbowReport

/// Draws generators' grids into the run folder's `samples/`.
struct SampleGrids {
    let folder: RunFolder
    let seed: UInt64

    /// What a domain's workers get: classes are the domain's.
    func draw(_ sampler: GeneratorSampler, of domain: Domain, round: Int) throws -> Report.Picture {
        let path = folder.samples(domain.name, round: round)
        try draw(sampler, classes: domain.classes, path)
        return Report.Picture(round: round, domain: domain.name, file: Self.name(path), classes: domain.classes)
    }

    /// What one cluster's generator makes: classes are the model's.
    func draw(_ sampler: GeneratorSampler, cluster: Int, round: Int) throws -> Report.Picture {
        let path = folder.samples("cluster-\(cluster)", round: round)
        let classes = sampler.model.parameters.classes
        try draw(sampler, classes: classes, path)
        return Report.Picture(round: round, cluster: cluster, file: Self.name(path), classes: classes)
    }

    private func draw(_ sampler: GeneratorSampler, classes: Int, _ path: String) throws {
        try OutputFolder.write(Data(try SampleGrid.png(sampler, seed: seed, classes: classes)), to: path)
    }

    private static func name(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }
}
