import OxbowExperiment
import OxbowModel
import OxbowProtocol

/// The broker's machine, as this release has it: it serves the run that it was made for.
enum FleetMachine {
    /// For one experiment; `closed`: places are kept for the roster's workers.
    static func serving(_ experiment: Experiment, _ parameters: ModelParameters, closed: Bool) throws -> BrokerMachine {
        BrokerMachine(try experiment.brokerSettings(parameters, closed: closed))
    }

    /// For runs that are submitted.
    static func idle() throws -> BrokerMachine {
        let experiment = try Experiment.parse("", membership: .elastic)
        var settings = try experiment.brokerSettings(experiment.modelParameters(), closed: false)
        settings.places = []
        return BrokerMachine(settings)
    }
}

extension Experiment {
    /// What a fleet is told of a run.
    func runSettings(id: String, parameters: ModelParameters) throws -> RunSettings {
        let settings = try brokerSettings(parameters, closed: false)
        return RunSettings(
            id: id, membership: settings.membership, quorum: quorum, patience: patience,
            demands: fleet.map { entry in
                let rules = requires[entry.tier]
                return Demand(
                    tier: entry.tier, workers: entry.workers, minimum: rules?.minWorkers, cuts: entry.cuts,
                    rules: Rules(memoryBytes: UInt64(rules?.memory ?? 0), tags: rules?.tags ?? [:]))
            }, template: settings.template, localEpochs: settings.localEpochs)
    }
}
