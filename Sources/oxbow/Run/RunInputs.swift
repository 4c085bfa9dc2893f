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
    let image: ImageSize
    let classes: Int
    let model: ModelDescription

    /// - Throws: `DataError`, `ModelError` or `Failure`, each a sentence.
    init(_ experiment: Experiment) throws {
        let folder = DataFolder(experiment.data.dir ?? DataFolder.defaultPath)
        let domains = try folder.domains(experiment.data.domains)
        guard let first = domains.first else {
            throw Failure(.data, "Unable to train without data: data.domains is empty. Name at least one domain.")
        }
        for domain in domains
        where [domain.height, domain.width, domain.channels] != [first.height, first.width, first.channels] {
            throw Failure(
                .data,
                "Unable to train on '\(first.name)' and '\(domain.name)' together: their images differ in size. "
                    + "Name domains of one size in data.domains.")
        }
        self.experiment = experiment
        self.folder = folder
        self.domains = domains
        self.roster = experiment.roster
        self.shards = try experiment.shards(of: domains)
        self.image = ImageSize(height: first.height, width: first.width, channels: first.channels)
        self.classes = domains.map(\.classes).max() ?? first.classes
        self.model = try ModelDescription(experiment.modelParameters(image: image, classes: classes))
        _ = try experiment.brokerSettings(image: image, classes: classes, closed: true)  // cuts that cannot be, now
    }

    /// Said at the start: what the file asks for and this release does not do.
    var notes: [String] {
        var notes: [String] = []
        if experiment.scheduler.planner != .uniform, roster.contains(where: { $0.cuts == nil }) {
            notes.append("fleet entries without cuts keep the least at home: of the planners, this release has only 'uniform'")
        }
        if experiment.evaluation.classification {
            notes.append("evaluation.classification is not in this release: image score and label accuracy are measured")
        }
        if !experiment.requires.isEmpty { notes.append("requires is not in this release: every worker of a tier is taken") }
        return notes
    }

    func domain(_ name: String) -> Domain? { domains.first { $0.name == name } }
}
