import OxbowExperiment
import OxbowKernels
import OxbowModel
import OxbowProtocol

/// `plan.json`: the plan, and all else that the bits of the run depend on.
struct PlanFile: Encodable {
    var version = 1
    var plan: Plan
    var workers: [Worker]
    var kernels: String
    var release = Release.version
    /// The algorithm of each convolution, by block.
    var algorithms: [String: String]

    struct Worker: Encodable {
        var id: String
        var slot: UInt32
        var tier: String
        var domain: String
        var cuts: [Int]
        var stepBytes: Int
    }

    init(_ plan: Plan, _ inputs: RunInputs) throws {
        self.plan = plan
        self.kernels = Kernels.summary
        self.workers = try zip(plan.assignments, inputs.roster).map { assignment, entry in
            Worker(
                id: "worker-\(assignment.slot)", slot: assignment.slot, tier: assignment.tier, domain: entry.domain,
                cuts: assignment.cuts.values,
                stepBytes: try inputs.model.stepBytes(cuts: assignment.cuts, batch: Int(plan.batch)))
        }
        self.algorithms = PlannedAlgorithms.byBlock(inputs.model, batch: Int(plan.batch))
    }
}
