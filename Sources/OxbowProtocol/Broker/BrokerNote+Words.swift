import OxbowScheduling

// What a note says. Others may have written it: any number can be in it.
extension BrokerNote {
    /// For people, on one line.
    public var words: String {
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
        case .waiting(let missing): missing.isEmpty ? "all are there" : "waiting for \(missing.joined(separator: ", "))"
        case .awaiting(let names): names.isEmpty ? "waits for nobody" : "waits for \(Words.few(names))"
        case .stalled(let stall): stall.words
        case .moving(let seconds): "moves again, after \(Words.clock(seconds))"
        case .ended(let outcome): "ended: \(outcome.text)"
        case .planned, .unscored, .returned, .scheduled, .amended: planWords
        case .ordered, .committed, .metrics, .aggregation, .scores, .timings, .modelled, .deadlines, .barrier: workWords
        }
    }

    private var planWords: String {
        switch self {
        case .planned(let plan): "planned for \(plan.assignments.count) workers"
        case .unscored(let members):
            "generators of this run are not scored: \(Words.few(members.map(\.description))) must be upgraded first"
        case .returned(let barrier, let lacking):
            "all go on from \(barrier == 0 ? "the start" : "the barrier of round \(barrier)")"
                + (lacking.isEmpty
                    ? "" : "; the last one is lost, since \(lacking.map(\.description).joined(separator: ", ")) did not keep it")
        case .scheduled(let planner, let cost): "cuts by planner \(planner)" + (cost?.words ?? "")
        case .amended(let round, let assignments): "\(assignments.count) workers from round \(round &+ 1) on"
        default: name
        }
    }

    private var workWords: String {
        switch self {
        case .ordered(let order): order.words
        case .committed(let half): "\(half) committed"
        case .metrics(let member, let metrics):
            "\(member) did round \(metrics.round) step \(metrics.step): \(Words.milliseconds(metrics.computeSeconds)) of computing, "
                + "\(Words.milliseconds(metrics.codecSeconds)) of coding"
        case .aggregation(let report): "round \(report.round) aggregated from \(report.entries.count) workers"
        case .scores(let member, let round, let scores): "\(member), round \(round): \(scores?.words ?? "no scores")"
        case .timings(let round, let times): "times of round \(round): " + Self.each(times)
        case .modelled(let round, let times, let seconds):
            "expected after round \(round): \(Words.milliseconds(seconds)) a step; " + Self.each(times)
        case .deadlines(let round, let deadlines):
            "deadlines after round \(round): "
                + Self.list(deadlines.map { "\($0.tier) exchange \($0.exchange) \(Words.milliseconds($0.deadlineSeconds))" })
        case .barrier(let round, let digests, _): "round \(round) committed by \(digests.count) members"
        default: name
        }
    }

    private static func each(_ times: [ExchangeTimes]) -> String {
        list(times.map { "\($0.member) exchange \($0.exchange) \(Words.milliseconds($0.medianSeconds))" })
    }

    private static func list(_ parts: [String]) -> String { parts.isEmpty ? "none" : Words.few(parts) }

    /// Its kind, as it is named in JSON.
    public var name: String {
        switch self {
        case .started: "started"
        case .joined: "joined"
        case .lost: "lost"
        case .left: "left"
        case .sidelined: "sidelined"
        case .standby: "standby"
        case .saveFailed: "save_failed"
        case .refused: "refused"
        case .waiting: "waiting"
        case .awaiting: "awaiting"
        case .stalled: "stalled"
        case .moving: "moving"
        case .planned: "planned"
        case .unscored: "unscored"
        case .returned: "returned"
        case .scheduled: "scheduled"
        case .amended: "amended"
        case .timings: "timings"
        case .modelled: "modelled"
        case .deadlines: "deadlines"
        case .ordered: "ordered"
        case .committed: "committed"
        case .metrics: "metrics"
        case .aggregation: "aggregation"
        case .scores: "scores"
        case .barrier: "barrier"
        case .ended: "ended"
        }
    }

    /// Whom it is about, if it is one.
    public var member: MemberID? {
        switch self {
        case .joined(let member, _, _, _), .lost(let member, _), .left(let member, _), .sidelined(let member, _),
            .standby(let member, _), .saveFailed(let member, _, _), .metrics(let member, _), .scores(let member, _, _):
            member
        default: nil
        }
    }
}

extension Stall {
    /// For people.
    public var words: String { "nothing moves for \(Words.clock(seconds)): waiting for \(what) from \(Words.few(from))" }
}

extension PlanCost {
    fileprivate var words: String {
        ": \(Words.milliseconds(seconds)) a step by cost model \(model), \(proof)"
    }

    private var proof: String {
        guard gap > 0 else { return "and no plan is faster" }
        return gap < 0.0005 ? "less than 0.1 % from the best" : "at most \(Words.tenths(gap * 100)) % from the best"
    }
}

extension GeneratorScores {
    /// For people.
    public var words: String {
        "image score \(Words.hundredths(imageScore))" + (fid.map { ", FID \(Words.tenths($0))" } ?? "")
            + ", label accuracy \(Words.hundredths(labelAccuracy)), judge's accuracy \(Words.hundredths(judgeAccuracy))"
    }
}

extension StepControl {
    /// What it orders, for people.
    public var words: String {
        switch next {
        case .half(let half, _): half.description
        case .barrier(let round): "barrier \(round)"
        case .pause: "pause"
        case .rest, .finish: "end"
        }
    }
}
