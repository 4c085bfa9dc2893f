import Foundation
import OxbowModel
import OxbowProtocol

extension BrokerNote {
    /// For people, on one line; nil for what comes with every step.
    var sentence: String? {
        switch self {
        case .awaiting, .ordered, .committed, .metrics, .aggregation, .scores, .timings, .modelled, .deadlines: nil
        case .waiting(let missing) where missing.isEmpty: nil
        case .scheduled(ImposedPlan.planner, _): "cuts imposed by a plan"
        // What comes from others must not steer a terminal.
        default: StatusTable.printable(words)
        }
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
