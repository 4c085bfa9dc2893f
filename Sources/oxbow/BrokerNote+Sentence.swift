import OxbowProtocol
import OxbowScheduling

extension BrokerNote {
    /// For people, on one line; nil for what comes with every step.
    var sentence: String? {
        switch self {
        case .started(let run, let membership): "run \(run) begins (\(membership.rawValue))"
        case .joined(let member, let workerID, let tier, let epoch):
            "\(member) joined: \(workerID), tier \(tier), session \(epoch)"
        case .lost(let member, let reason): "\(member) was lost: \(reason)"
        case .left(let member, let reason): "\(member) left: \(reason)"
        case .sidelined(let member, let reason): "\(member) sits out: \(reason)"
        case .standby(let member, let reason): "\(member) is not in the run: \(reason)"
        case .refused(let code, let message): "refused (\(code)): \(message)"
        case .waiting(let missing): missing.isEmpty ? nil : "waiting for \(missing.joined(separator: ", "))"
        case .planned(let plan): "planned for \(plan.assignments.count) workers"
        case .returned(let barrier, let lacking):
            "all go on from \(barrier == 0 ? "the start" : "the barrier of round \(barrier)")"
                + (lacking.isEmpty
                    ? "" : "; the last one is lost, since \(lacking.map(\.description).joined(separator: ", ")) did not keep it")
        case .scheduled(let planner, let cost): "cuts by planner \(planner)" + (cost.map(Self.words) ?? "")
        case .amended(let round, let assignments):
            "new cuts for \(assignments.count) workers, from round \(round + 1) on"
        case .barrier(let round, let digests, _): "round \(round) committed by \(digests.count) members"
        case .ended(let outcome): "ended: \(outcome.sentence ?? "finished")"
        case .awaiting, .ordered, .committed, .metrics, .aggregation, .timings, .modelled, .deadlines: nil
        }
    }

    private static func words(_ cost: PlanCost) -> String {
        ": \(milliseconds(cost.seconds)) a step by cost model \(cost.model), at most \(Int((cost.gap * 100).rounded())) % from the best"
    }

    private static func milliseconds(_ seconds: Double) -> String {
        seconds.isFinite && abs(seconds) < 1e9 ? "\(Int((seconds * 1000).rounded())) ms" : "\(seconds) s"
    }
}
