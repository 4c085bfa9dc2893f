extension MemberNote {
    /// For people, on one line.
    public var words: String {
        switch self {
        case .welcomed(let welcome): "welcomed as \(welcome.member), session \(welcome.sessionEpoch)"
        case .planned(let plan): "takes part in a run of \(plan.rounds) rounds with \(plan.assignments.count) workers"
        case .ordered(let order): "ordered: \(order.words)"
        case .brokerSilent: "the broker is silent; connecting anew"
        case .standby(let reason): "not in the run under way: \(reason)"
        case .linkMeasured(let link): "link measured: \(Words.milliseconds(link.roundTripSeconds)) there and back"
        case .leaving(let reason): "leaves when nobody waits for it: \(reason)"
        case .saveFailed(let round, let reason, let pause):
            "cannot save its state of round \(round), and tries again in \(pause.components.seconds) s: \(reason)"
        case .resting: "the run is over; waiting for another"
        case .dropped(let what): "dropped: \(what)"
        }
    }
}

extension MemberEnd {
    /// For people, on one line.
    public var words: String {
        switch self {
        case .finished: "finished"
        case .stopped(let reason): "stopped: \(reason)"
        case .refused(_, let message): "refused: \(message)"
        case .failed(let message): "failed: \(message)"
        }
    }
}
