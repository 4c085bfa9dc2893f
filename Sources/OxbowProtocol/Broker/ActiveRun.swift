import OxbowModel
import OxbowScheduling

/// The run that a broker serves now: everything of it that a fleet does not have.
struct ActiveRun: Sendable {
    let settings: RunSettings
    var phase = Phase.gathering
    /// With the assignments in force now, once everybody was there.
    var plan: Plan?
    /// Something of it was ordered before.
    var hasStarted = false
    /// Since when members are missing.
    var gatheringSince: Duration?
    /// Elastic: those who keep the last barrier were waited for long enough; the run may go on from an older one.
    var forgoesLastBarrier = false
    /// The last committed barrier; 0 is the initial state.
    var lastBarrier: UInt32 = 0
    /// Slots that take part, rising.
    var active: [UInt32] = []
    /// Those of them that enter at the barrier under way and have nothing to contribute to it.
    var newcomers: Set<UInt32> = []
    /// The assignments in force after the initial state and the last two barriers: a fleet may return to these.
    var assignments: [UInt32: [Assignment]] = [:]
    /// Why members cannot write their states of the barrier under way, as they said.
    var unsaved: [MemberID: String] = [:]
    /// When the load or barrier under way began, and when a member was last done with it.
    var confirmation = Confirmation()
    /// The digests of the last two committed barriers: a state that says otherwise is of a barrier that was repeated.
    var digests: [UInt32: [MemberID: [UInt8]]] = [:]
    /// Bulk messages of the order under way that were routed.
    var routed: Set<ExchangeKey> = []
    /// How many of them are edges' messages, by exchange.
    var questions: [Exchange: Int] = [:]
    /// How many of the core's answers in the order's last exchange are among them.
    var answers = 0
    /// Of the half that was committed last, while somebody may still wait for one.
    var committedAnswers: CommittedAnswers?
    var traffic: [MemberID: Traffic] = [:]
    /// Of the core, in the order under way: how many files came, and how many it said would.
    var artifacts = Artifacts()
    /// The demand that each slot was taken for.
    var seats: [UInt32: Int] = [:]
    /// Slots for which no cuts could be found, as long as the fleet stays as it is.
    var unplaced: Set<UInt32> = []
    /// The slots that cuts were searched for last.
    var searched: [UInt32] = []
    /// Slots that wish to leave at the end of the step.
    var leaving: [UInt32: String] = [:]
    /// Slots that were too slow.
    var sidelined: [UInt32: Sideline] = [:]
    var times = ResponseTimes()
    /// Of the last steps, from commit to commit.
    var stepTimes: [Duration] = []
    var lastStepEnd: Duration?
    /// Sums of this round, by member: what `measured` replanning goes by.
    var measured: [MemberID: MeasuredWork] = [:]
    /// The newest round that each slot told scores of.
    var scored: [UInt32: UInt32] = [:]
    /// Observed over modelled speed of each member, once that was asked for.
    var speedScale: [MemberID: Double] = [:]

    init(_ settings: RunSettings) { self.settings = settings }

    struct Sideline: Hashable, Sendable {
        /// Barriers before this one pass without it.
        var until: UInt32
        /// How often in a row it was too slow.
        var times: Int
    }

    struct Confirmation: Hashable, Sendable {
        var began = Duration.zero
        var last: Duration?
    }

    struct Artifacts: Hashable, Sendable {
        var stored = 0
        var promised = 0
    }

    /// At one barrier: a generator and a grid for each cluster, and a few more.
    var mostArtifacts: Int { 4 * (active.count + 4) }

    struct MeasuredWork: Hashable, Sendable {
        var steps = 0
        var computeSeconds = 0.0
        var codecSeconds = 0.0
    }

    enum Phase: Hashable, Sendable {
        /// Members are missing.
        case gathering
        /// A first plan is being searched.
        case planning(UInt64)
        /// All load the state of a barrier.
        case loading(barrier: UInt32)
        /// An order is being carried out; at a barrier, these have saved.
        case running(StepControl, saved: [MemberID: [UInt8]])
        /// A round's last half is answered; the cuts that follow its barrier are being searched.
        case replanning(UInt64, last: HalfStep)
        /// The last barrier is committed, and these have not told their last scores; until then they are waited for.
        case scoring(Set<UInt32>, until: Duration)
        /// It is over; these have not said yet that they know.
        case resting(RunOutcome, Set<MemberID>)

        /// How far the run has come.
        enum Rank: Int, Sendable {
            case gathering, planning, loading, running, scoring, resting
        }

        var rank: Rank {
            switch self {
            case .gathering: .gathering
            case .planning: .planning
            case .loading: .loading
            case .running, .replanning: .running
            case .scoring: .scoring
            case .resting: .resting
            }
        }
    }

    /// It ended, and members are still to say that they know.
    var isOver: Bool { if case .resting = phase { true } else { false } }

    /// The active edges and the core.
    var participants: [MemberID] { active.map { .edge($0) } + [.core()] }

    /// The round whose barrier comes next, or is under way; 0 before the start.
    var barrierAhead: UInt32 { plan == nil ? 0 : position.round }

    func assignment(of slot: UInt32) -> Assignment? { plan?.assignments.first { $0.slot == slot } }

    /// Where it stands: the round and step under way.
    var position: (round: UInt32, step: UInt32) {
        switch phase {
        case .running(let order, _):
            switch order.next {
            case .half(let half, _): (half.round, half.step)
            case .barrier(let round): (round, plan?.stepsPerRound ?? 0)
            default: (lastBarrier, 0)
            }
        case .replanning(_, let last): (last.round, last.step + 1)
        case .scoring: (lastBarrier, plan?.stepsPerRound ?? 0)
        default: (lastBarrier + 1, 0)
        }
    }
}
