import OxbowExperiment
import OxbowModel
import OxbowProtocol
import OxbowScheduling

// From the experiment to what broker and plan need.
extension Experiment {
    /// - Parameter closed: places are kept for the roster's workers by name.
    func brokerSettings(_ parameters: ModelParameters, closed: Bool) throws -> BrokerSettings {
        let cuts = try cuts(ModelDescription(parameters), planner: planner)
        let places = zip(roster, cuts).map { worker, cuts in
            Place(slot: worker.slot, tier: worker.tier, cuts: cuts, workerID: closed ? worker.workerID : nil)
        }
        // A lease of ten heartbeats; `patience` stretches it.
        let heartbeat = max(.milliseconds(50), Duration.seconds(1) * patience)
        return BrokerSettings(
            membership: membership == .strict ? .strict : .elastic, quorum: quorum, heartbeat: heartbeat, misses: 10,
            places: places, template: template(parameters), localEpochs: localEpochs.map { UInt32($0) })
    }

    /// Who chooses the cuts that the file leaves out.
    private var planner: some Planner { UniformPlanner() }

    /// Who chose a worker's cuts, and by what rule; for people.
    func cutsBy(_ worker: RosterEntry) -> String {
        worker.cuts == nil ? "planner \(planner.name): the least" : "declared in the experiment"
    }

    /// What a broker is told: nothing of where the data are and what they show.
    var withoutData: Experiment {
        var stripped = self
        stripped.data.dir = nil
        stripped.data.domains = ["local"]
        for index in stripped.fleet.indices { stripped.fleet[index].domain = "local" }
        return stripped
    }

    /// The most bytes that a message of this run can have, with room for headers.
    func largestBody(_ model: ModelDescription) throws -> Int {
        let parameters = model.generator.tensors + model.discriminator.tensors
        let exchanges = try model.admissibleCuts.map { try model.stepBytes(cuts: $0, batch: self.model.batch) }
        return (1 << 20) + max(exchanges.max() ?? 0, parameters.reduce(0) { $0 + 4 * $1.count })
    }

    private func template(_ parameters: ModelParameters) -> Plan {
        Plan(
            run: UInt64.random(in: 1...UInt64.max), seed: seed, model: parameters, batch: UInt32(model.batch),
            rounds: UInt32(rounds), stepsPerRound: UInt32(stepsPerRound ?? 1),
            optimizer: OptimizerSettings(learningRate: optimizer.learningRate), method: methodSettings,
            assignments: [])
    }

    private var methodSettings: MethodSettings {
        MethodSettings(
            name: method == .published ? .published : .oxbow, start: methodOptions.start == .common ? .common : .independent,
            batches: methodOptions.batches == .fresh ? .fresh : .permutation, clusters: UInt32(methodOptions.clusters),
            plainRounds: UInt32(methodOptions.plainRounds), alpha: methodOptions.alpha,
            signalSteps: UInt32(methodOptions.signalSteps))
    }
}
