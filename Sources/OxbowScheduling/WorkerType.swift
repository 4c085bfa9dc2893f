import OxbowModel

/// Workers that a planner need not tell apart: equal machines with equal choices.
struct WorkerType {
    let device: Device
    /// Cuts that fit, in rising order; never empty.
    let options: [Cuts]
    /// Positions in the request, rising.
    let workers: [Int]
    var count: Int { workers.count }
}

extension PlanningRequest {
    /// The workers grouped, by their first member; throws if one fits nowhere or its machine is not known.
    func types() throws(PlanningError) -> [WorkerType] {
        struct Key: Hashable {
            var device: Device
            var fixed: Cuts?
        }
        let choices = try choices()
        var order: [Key] = []
        var members: [Key: [Int]] = [:]
        for (index, worker) in workers.enumerated() {
            guard let device = worker.device else {
                throw PlanningError(
                    subject: worker.id, reason: "its speed is not known", remedy: "Give its tier gflops and bytes_per_second.")
            }
            let key = Key(device: device, fixed: worker.fixed)
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(index)
        }
        var types: [WorkerType] = []
        for key in order {
            let group = members[key] ?? []
            let options = try options(workers[group[0]], choices)
            types.append(WorkerType(device: key.device, options: options, workers: group))
        }
        return types
    }

    /// Every admissible choice with the memory that it needs.
    private func choices() throws(PlanningError) -> [(cuts: Cuts, memory: Int)] {
        guard !workers.isEmpty else {
            throw PlanningError(subject: "fleet", reason: "it has no workers", remedy: "Name at least one tier with a worker.")
        }
        let admissible = admissibleCuts
        guard !admissible.isEmpty else { throw nothingAdmissible }
        return admissible.map { cuts in
            guard let memory = try? SegmentMemory(model, cuts: cuts, batch: batch) else {
                preconditionFailure("the model refuses its own cuts \(cuts)")
            }
            return (cuts, memory.bytes)
        }
    }

    var nothingAdmissible: PlanningError {
        PlanningError(
            subject: "fleet",
            reason: "no cuts keep \(minimumHead) blocks more in every head and \(minimumTail) in every tail",
            remedy: "Lower min_head or min_tail.")
    }

    private func options(_ worker: Candidate, _ choices: [(cuts: Cuts, memory: Int)]) throws(PlanningError) -> [Cuts] {
        var choices = choices
        if let fixed = worker.fixed {
            guard choices.contains(where: { $0.cuts == fixed }) else {
                throw .inadmissible(worker.id, fixed, choices.map(\.cuts))
            }
            choices.removeAll { $0.cuts != fixed }
        }
        guard let memory = worker.device?.memory else { return choices.map(\.cuts) }
        let fitting = choices.filter { $0.memory <= memory }
        if let least = choices.min(by: { $0.memory < $1.memory }), fitting.isEmpty {
            throw PlanningError(
                subject: worker.id,
                reason: "it has \(memory) bytes of memory and even cuts \(least.cuts.values) need \(least.memory)",
                remedy: "Lower the batch, the model's width, min_head or min_tail, or give it more memory.")
        }
        return fitting.map(\.cuts)
    }
}

extension PlanningError {
    static func inadmissible(_ subject: String, _ cuts: Cuts, _ admissible: [Cuts]) -> PlanningError {
        let (least, most) = (admissible.first!.values, admissible.last!.values)
        return PlanningError(
            subject: subject, reason: "cuts \(cuts.values) are not admissible",
            remedy: "Choose each of the four between \(least) and \(most), or lower min_head and min_tail.")
    }
}
