import Foundation
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
    /// The cuts by the round after whose barrier they were in force, which `--plan` imposes on another run.
    var history: [CutsOfRound]

    struct Worker: Encodable {
        var id: String
        var slot: UInt32
        var tier: String
        var domain: String
        var cuts: [Int]
        var stepBytes: Int
    }

    /// - Parameter plans: the assignments and the round from which on they held.
    init(_ plan: Plan, _ plans: [(round: Int, assignments: [Assignment])], _ inputs: RunInputs) throws {
        self.plan = plan
        self.history = plans.map(CutsOfRound.init)
        self.kernels = Kernels.summary
        let roster = Dictionary(uniqueKeysWithValues: inputs.roster.map { ($0.slot, $0) })
        self.workers = try plan.assignments.compactMap { assignment in
            guard let entry = roster[assignment.slot] else { return nil }
            return Worker(
                id: "worker-\(assignment.slot)", slot: assignment.slot, tier: assignment.tier, domain: entry.domain,
                cuts: assignment.cuts.values,
                stepBytes: try inputs.model.stepBytes(cuts: assignment.cuts, batch: Int(plan.batch)))
        }
        self.algorithms = PlannedAlgorithms.byBlock(inputs.model, batch: Int(plan.batch))
    }

    /// As a broker knows it: nothing of domains, and not what the others compute with.
    init(_ plan: Plan, _ plans: [(round: Int, assignments: [Assignment])]) throws {
        let model = try ModelDescription(plan.model)
        self.plan = plan
        self.history = plans.map(CutsOfRound.init)
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

/// Cuts of all workers from one barrier on.
struct CutsOfRound: Codable {
    /// 0: from the start.
    var afterRound: UInt32
    var cuts: [CutsOfWorker]

    struct CutsOfWorker: Codable {
        var worker: String
        /// `[gh, gt, dh, dt]`.
        var cuts: [Int]
    }

    init(round: Int, assignments: [Assignment]) {
        afterRound = UInt32(max(0, round - 1))
        cuts = assignments.map { CutsOfWorker(worker: $0.workerID, cuts: $0.cuts.values) }
    }
}

/// The cuts of a plan file, imposed on another run.
enum ImposedPlan {
    private struct File: Decodable {
        var history: [CutsOfRound]
    }

    /// By the round after whose barrier they hold, then by the worker's name.
    /// - Throws: `Failure` in band usage for a file that is none, or cuts that the model does not admit.
    static func load(_ path: String, _ model: ModelDescription) throws -> [UInt32: [String: Cuts]] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let data = FileManager.default.contents(atPath: path), let file = try? decoder.decode(File.self, from: data),
            !file.history.isEmpty
        else {
            throw Failure(
                .usage, "Unable to impose '\(path)': it is no plan.json of a run of this release. Name one in a run's folder.")
        }
        var imposed: [UInt32: [String: Cuts]] = [:]
        for entry in file.history {
            for worker in entry.cuts {
                guard let cuts = Cuts(worker.cuts), model.admissibleCuts.contains(cuts) else {
                    throw Failure(
                        .usage,
                        "Unable to impose '\(path)': the model does not admit cuts \(worker.cuts) of '\(worker.worker)'. Use a "
                            + "plan of the same model.")
                }
                imposed[entry.afterRound, default: [:]][worker.worker] = cuts
            }
        }
        return imposed
    }
}
