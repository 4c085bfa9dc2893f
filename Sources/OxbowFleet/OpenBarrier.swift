import OxbowProtocol
import OxbowTraining

/// A barrier that was computed but is not committed: all that the commit makes of this member.
///
/// Until then the trainer is the one from before the barrier, so that a barrier is repeated by forgetting this.
struct OpenBarrier {
    let round: UInt32
    /// With the assignments in force afterwards.
    let plan: Plan
    /// Of the blocks that the member holds afterwards; what is saved.
    let state: SegmentState
    /// Of an edge that is to score it: its whole effective G.
    var generator: NamedTensors?
}

extension Plan {
    /// With other assignments; nil changes nothing.
    func amended(_ assignments: [Assignment]?) -> Plan {
        var plan = self
        plan.assignments = assignments ?? plan.assignments
        return plan
    }
}
