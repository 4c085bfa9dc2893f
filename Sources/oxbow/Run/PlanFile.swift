import OxbowExperiment
import OxbowKernels
import OxbowModel
import OxbowProtocol
import OxbowReport

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

    /// As a broker knows it: nothing of domains, and not what the others compute with.
    init(_ plan: Plan) throws {
        let model = try ModelDescription(plan.model)
        self.plan = plan
        self.kernels = "those of the fleet's machines"
        self.workers = try plan.assignments.map { assignment in
            Worker(
                id: MemberID.edge(assignment.slot).description, slot: assignment.slot, tier: assignment.tier,
                domain: Report.untold, cuts: assignment.cuts.values,
                stepBytes: try model.stepBytes(cuts: assignment.cuts, batch: Int(plan.batch)))
        }
        self.algorithms = PlannedAlgorithms.byBlock(model, batch: Int(plan.batch))
    }
}
