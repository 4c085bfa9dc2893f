import ArgumentParser
import OxbowExperiment
import OxbowKernels
import OxbowModel
import OxbowRuntime
import OxbowTrace
import OxbowWire

/// What a run records.
enum TraceOption: String, ExpressibleByArgument, CaseIterable {
    case off
    /// Every message with its hash.
    case on
    /// The bodies of bulk messages too.
    case full
}

extension TraceHeader {
    /// What was run; its domains were never told. Throws `ExperimentError` for overrides that cannot be.
    func parsedExperiment(_ overrides: [String] = []) throws -> Experiment {
        try Experiment.parse(
            experiment, subject: "the trace's experiment", overrides: overrides, membership: .elastic, needsDomains: false)
    }

    /// Of a run that begins now on this machine.
    init(_ experiment: Experiment, run: String, _ model: ModelDescription, holdsBodies: Bool, startedSeconds: Double) {
        let facts = MachineFacts()
        let algorithms = PlannedAlgorithms.byBlock(model, batch: experiment.model.batch).sorted { $0.key < $1.key }
        self.init(
            run: run, release: Release.version, kernels: facts.kernels, instructionSet: Kernels.dnnlInstructionSet,
            oneDNN: Kernels.dnnlVersion, cores: UInt32(facts.cores), lanes: UInt32(facts.cores), threads: 1,
            algorithms: algorithms.map { TraceAlgorithm(block: $0.key, algorithm: $0.value) }, seed: experiment.seed,
            experiment: experiment.withoutData.yaml, startedSeconds: startedSeconds, holdsBodies: holdsBodies)
    }
}
