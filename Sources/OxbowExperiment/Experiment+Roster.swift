import OxbowData
import OxbowModel
import OxbowScheduling

/// One worker of an experiment that runs on one machine.
public struct RosterEntry: Hashable, Sendable {
    public var slot: UInt32
    /// Tier and number within the tier, such as `small-2`.
    public var workerID: String
    public var tier: String
    public var domain: String
    /// nil: the planner's.
    public var cuts: Cuts?
    /// The device whose pace it keeps.
    public var emulate: String?
}

extension Experiment {
    /// The fleet's workers by rising slot: entries in order, each entry's workers one after the other.
    public var roster: [RosterEntry] {
        var numbers: [String: Int] = [:]
        var result: [RosterEntry] = []
        for entry in fleet {
            for _ in 0..<entry.workers {
                numbers[entry.tier, default: 0] += 1
                let id = "\(entry.tier)-\(numbers[entry.tier]!)"
                result.append(
                    RosterEntry(
                        slot: UInt32(result.count), workerID: id, tier: entry.tier, domain: entry.domain, cuts: entry.cuts,
                        emulate: entry.emulate))
            }
        }
        return result
    }

    /// For each worker, by slot, the indices of its training images in its domain.
    public func shards(of domains: [Domain]) throws(DataError) -> [[Int]] {
        let roster = roster
        let sources = domains.map { domain in
            Partition.Source(domain, workers: roster.count { $0.domain == domain.name })
        }
        var hands = try data.partition.shards(of: sources, seed: seed)
        return roster.map { worker in
            guard let domain = domains.firstIndex(where: { $0.name == worker.domain }) else {
                preconditionFailure("domain \(worker.domain) was not loaded")
            }
            return hands[domain].removeFirst()
        }
    }

    /// Cuts by slot: those of the file, else the planner's.
    public func cuts(_ model: ModelDescription, planner: some Planner) throws(PlanningError) -> [Cuts] {
        let workers = roster.map { Candidate(id: $0.workerID, tier: $0.tier, fixed: $0.cuts) }
        return try planner.cuts(
            for: PlanningRequest(model: model, workers: workers, minimumHead: minHead, minimumTail: minTail))
    }
}
