import Foundation
import OxbowModel
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
        case .saveFailed(let member, let round, let reason):
            "\(member) cannot save its state of round \(round), and tries again: \(reason)"
        case .refused(_, let message): "refused: \(message)"
        case .waiting(let missing): missing.isEmpty ? nil : "waiting for \(missing.joined(separator: ", "))"
        case .planned(let plan): "planned for \(plan.assignments.count) workers"
        case .returned(let barrier, let lacking):
            "all go on from \(barrier == 0 ? "the start" : "the barrier of round \(barrier)")"
                + (lacking.isEmpty
                    ? "" : "; the last one is lost, since \(lacking.map(\.description).joined(separator: ", ")) did not keep it")
        case .scheduled(ImposedPlan.planner, _): "cuts imposed by a plan"
        case .scheduled(let planner, let cost): "cuts by planner \(planner)" + (cost.map(Self.words) ?? "")
        case .amended(let round, let assignments):
            "\(assignments.count) workers from round \(round + 1) on"
        case .barrier(let round, let digests, _): "round \(round) committed by \(digests.count) members"
        case .ended(let outcome): "ended: \(outcome.sentence ?? "finished")"
        case .stalled(let stall): stall.sentence
        case .moving(let seconds): "moves again, after \(Progress.clock(seconds))"
        case .awaiting, .ordered, .committed, .metrics, .aggregation, .timings, .modelled, .deadlines: nil
        }
    }

    private static func words(_ cost: PlanCost) -> String {
        ": \(milliseconds(cost.seconds)) a step by cost model \(cost.model), \(proof(cost.gap))"
    }

    private static func proof(_ gap: Double) -> String {
        guard gap > 0 else { return "and no plan is faster" }
        return gap < 0.0005 ? "less than 0.1 % from the best" : String(format: "at most %.1f %% from the best", gap * 100)
    }

    private static func milliseconds(_ seconds: Double) -> String {
        seconds.isFinite && abs(seconds) < 1e9 ? "\(Int((seconds * 1000).rounded())) ms" : "\(seconds) s"
    }
}

extension Stall {
    /// For people.
    var sentence: String {
        "nothing moves for \(Progress.clock(seconds)): waiting for \(what) from \(StatusText.few(from))"
    }
}

/// Tells a run's notes in order, so that it can say whether an amendment changed anybody's cuts. Used by one thread.
final class NoteTeller {
    private var cuts: [UInt32: Cuts] = [:]
    private var pending: [UInt32: Cuts] = [:]

    /// As `BrokerNote.sentence`.
    func sentence(_ note: BrokerNote) -> String? {
        switch note {
        case .planned(let plan): (cuts, pending) = (Self.cuts(plan.assignments), [:])
        case .barrier where !pending.isEmpty: (cuts, pending) = (pending, [:])
        case .amended(let round, let assignments):
            pending = Self.cuts(assignments)
            let changed = pending.count { slot, chosen in cuts[slot].map { $0 != chosen } ?? false }
            if changed > 0 { return "new cuts for \(changed) of \(assignments.count) workers, from round \(round + 1) on" }
        default: break
        }
        return note.sentence
    }

    private static func cuts(_ assignments: [Assignment]) -> [UInt32: Cuts] {
        Dictionary(assignments.map { ($0.slot, $0.cuts) }, uniquingKeysWith: { $1 })
    }
}
