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

    /// Said at the start when the file asks for a planner that this release does not have.
    var planningNote: String? {
        guard experiment.scheduler.planner != .uniform, roster.contains(where: { $0.cuts == nil }) else { return nil }
        return "fleet entries without cuts keep the least at home: of the planners, this release has only 'uniform'"
    }

    func domain(_ name: String) -> Domain? { domains.first { $0.name == name } }
}
