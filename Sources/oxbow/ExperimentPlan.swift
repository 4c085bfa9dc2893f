import OxbowExperiment
import OxbowModel
import OxbowProtocol
import OxbowScheduling

// From the experiment to what broker and plan need.
extension Experiment {
    /// The fleet that serves this experiment alone.
    /// - Parameter closed: places are kept for the roster's workers by name, and all are on one machine.
    func fleetSettings(closed: Bool) -> BrokerSettings {
        BrokerSettings(
            // A lease of ten heartbeats; `patience` stretches it.
            heartbeat: max(.milliseconds(50), Duration.seconds(1) * patience), misses: 10,
            reservations: closed
                ? roster.map { Reservation(slot: $0.slot, workerID: $0.workerID, tier: $0.tier) } : [],
            servesOneRun: true, probesLinks: !closed)
    }

    /// The run that this experiment describes, for images of this form.
    /// - Parameter isScored: its workers score their generators; else nobody does, or who started it.
    func runSettings(
        id: String, _ parameters: ModelParameters, imposed: [UInt32: [String: Cuts]] = [:], isScored: Bool = false
    ) throws -> RunSettings {
        // Cuts that cannot be are said now, not when the fleet is complete.
        _ = try cuts(ModelDescription(parameters), planner: UniformPlanner())
        return RunSettings(
            id: id, membership: membership == .strict ? .strict : .elastic, quorum: quorum, patience: patience,
            demands: demands, template: template(parameters, isScored: isScored), localEpochs: localEpochs.map { UInt32($0) },
            scheduling: scheduling(imposed))
    }

    private var demands: [Demand] {
        var least = requires.mapValues(\.minWorkers).filter { $0.value > 0 }
        return fleet.map { entry in
            let rule = requires[entry.tier]
            var demand = Demand(
                tier: entry.tier, workers: entry.workers, cuts: entry.cuts,
                rules: Rules(memoryBytes: UInt64(rule?.memory ?? 0), tags: rule?.tags ?? [:]),
                device: entry.device)
            if let left = least[entry.tier] {
                demand.minimum = min(left, entry.workers)
                least[entry.tier] = left - demand.minimum
            }
            return demand
        }
    }

    private func scheduling(_ imposed: [UInt32: [String: Cuts]]) -> Scheduling {
        let model = scheduler.costModel.model
        let isChosen = fleet.allSatisfy { $0.cuts != nil }
        return Scheduling(
            planner: isChosen ? UniformPlanner() : scheduler.planner.planner(by: model, seed: seed), costModel: model,
            replanning: Replanning(rawValue: scheduler.replan.rawValue) ?? .declared,
            minimumHead: minHead, minimumTail: minTail, imposed: imposed,
            core: core.device)
    }

    /// Who chose a worker's cuts, and by what rule; for people.
    func cutsBy(_ worker: RosterEntry) -> String {
        worker.cuts == nil ? "planner \(scheduler.planner.rawValue)" : "declared in the experiment"
    }

    /// What a broker is told: nothing of where the data are and what they show.
    var withoutData: Experiment {
        var stripped = self
        stripped.data.dir = nil
        stripped.data.domains = ["local"]
        for index in stripped.fleet.indices { stripped.fleet[index].domain = "local" }
        return stripped
    }

    /// The most bytes that a message of this run can have, with room for headers: an exchange's, or at a barrier blocks with
    /// both of Adam's moments.
    func largestBody(_ model: ModelDescription) throws -> Int {
        let parameters = model.generator.tensors + model.discriminator.tensors
        let exchanges = try model.admissibleCuts.map { try model.stepBytes(cuts: $0, batch: self.model.batch) }
        return (1 << 20) + max(exchanges.max() ?? 0, parameters.reduce(0) { $0 + 12 * $1.count })
    }

    private func template(_ parameters: ModelParameters, isScored: Bool) -> Plan {
        Plan(
            run: UInt64.random(in: 1...UInt64.max), seed: seed, model: parameters, batch: UInt32(model.batch),
            rounds: UInt32(rounds), stepsPerRound: UInt32(stepsPerRound ?? 1),
            optimizer: OptimizerSettings(learningRate: optimizer.learningRate), method: methodSettings,
            assignments: [], scoring: isScored ? scoring : nil)
    }

    /// nil: the experiment wants no scores.
    private var scoring: ScoringSettings? {
        guard evaluation.samples > 0 else { return nil }
        return ScoringSettings(
            every: evaluation.every > rounds ? 0 : UInt32(evaluation.every),
            samples: min(ScoringSettings.mostSamples, UInt32(clamping: evaluation.samples)))
    }

    private var methodSettings: MethodSettings {
        MethodSettings(
            name: method == .published ? .published : .oxbow, start: methodOptions.start == .common ? .common : .independent,
            batches: methodOptions.batches == .fresh ? .fresh : .permutation, clusters: UInt32(methodOptions.clusters),
            plainRounds: UInt32(methodOptions.plainRounds), alpha: methodOptions.alpha,
            signalSteps: UInt32(methodOptions.signalSteps))
    }
}
