import Foundation
import OxbowData
import OxbowExperiment
import OxbowModel

/// Everything that is known before a process is started: checked data, shards, model.
struct RunInputs {
    let experiment: Experiment
    let folder: DataFolder
    let domains: [Domain]
    let roster: [RosterEntry]
    /// Indices of each worker's images in its domain, by slot.
    let shards: [[Int]]
    let model: ModelDescription

    /// - Throws: `DataError`, `ModelError` or `Failure`, each a sentence.
    init(_ experiment: Experiment) throws {
        let folder = experiment.data.folder
        let domains = try folder.domains(experiment.data.domains)
        self.experiment = experiment
        self.folder = folder
        self.domains = domains
        self.roster = experiment.roster
        self.shards = try experiment.shards(of: domains)
        self.model = try ModelDescription(experiment.modelParameters(for: domains))
        _ = try experiment.runSettings(id: "run", model.parameters)  // cuts that cannot be, now
    }

    var image: ImageSize {
        ImageSize(height: model.image.height, width: model.image.width, channels: model.image.channels)
    }
    var classes: Int { model.parameters.classes }

    /// Said at the start: what the file asks for and this release does not do.
    var notes: [String] {
        let notes: [String] = []
        return notes
    }

    func domain(_ name: String) -> Domain? { domains.first { $0.name == name } }
}
