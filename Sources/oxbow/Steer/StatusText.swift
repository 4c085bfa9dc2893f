import Foundation
import OxbowProtocol

/// A fleet's status as people read it.
struct StatusText {
    var status: FleetStatus
    /// Only this run, and all members; nil: the runs under way and in wait.
    var run: String?
    /// Rows of members that have room; more are counted.
    var memberLimit = 200
    var runLimit = 20

    var lines: [String] {
        let runs = run.map { id in status.runs.filter { $0.id == id } } ?? status.runs.filter { !$0.isOver }
        let names = Dictionary(status.members.map { ($0.id, $0.workerID) }) { first, _ in first }
        var lines = runs.prefix(runLimit).flatMap { Self.lines($0, names) + [""] }
        if runs.count > runLimit { lines += ["and \(runs.count - runLimit) runs more", ""] }
        if runs.isEmpty { lines += ["no run under way", ""] }
        if status.isInsecure {
            lines = ["not encrypted (--insecure): everybody who reaches the broker may take part", ""] + lines
        }
        return lines + memberLines + (status.counters.map { [Self.counted($0)] } ?? [])
    }

    // MARK: Runs

    /// - Parameter names: of members, by id.
    static func lines(_ run: FleetStatus.Run, _ names: [String: String] = [:]) -> [String] {
        var lines = ["run \(run.id): \(StatusTable.printable(ending(run.state, run.outcome)))"]
        if run.state != .queued { lines.append("  " + progress(run)) }
        if !run.members.isEmpty { lines.append("  \(run.members.count) take part, \(run.membership.rawValue)") }
        if !run.awaited.isEmpty { lines.append("  waits for " + few(run.awaited.map { named($0, names) }) + waiting(run)) }
        if !run.deadlines.isEmpty, !run.isOver {
            let all = run.deadlines.sorted { $0.key < $1.key }.map { "\($0.key) \(seconds($0.value))" }
            lines.append("  an answer may take: " + few(all))
        }
        return lines
    }

    /// `worker-1 (berlin-small-3f2a) to come back`, of what begins with an id.
    private static func named(_ text: String, _ names: [String: String]) -> String {
        let id = text.prefix { $0 != " " && $0 != "," }
        guard let name = names[String(id)], name != id else { return text }
        return "\(id) (\(name))" + text.dropFirst(id.count)
    }

    /// `: exchange 2 of round 1 step 4; no progress for 12 s`
    private static func waiting(_ run: FleetStatus.Run) -> String {
        (run.awaitedWhat.map { ": " + StatusTable.printable($0) } ?? "")
            + (run.awaitedSeconds.map { $0 >= 1 ? "; no progress for \(seconds($0))" : "" } ?? "")
    }

    /// `[#####.....] 52 %  round 6/10 step 3/50  218 ms a step  ETA 1:23`
    static func progress(_ run: FleetStatus.Run) -> String {
        let share = run.share
        let width = 24
        let full = Int((share * Double(width)).rounded(.down))
        var parts = [
            "[\(String(repeating: "#", count: full))\(String(repeating: ".", count: width - full))] \(Int(share * 100)) %",
            "round \(run.round)/\(run.rounds)"
                + (run.state == .finished || run.stepsPerRound == 0 ? "" : " step \(run.step)/\(run.stepsPerRound)"),
        ]
        if let time = run.stepSeconds { parts.append("\(seconds(time)) a step") }
        if let eta = run.etaSeconds, !run.isOver { parts.append("ETA \(Progress.clock(min(max(0, eta), 1e9)))") }
        return parts.joined(separator: "  ")
    }

    private static func counted(_ all: RoutingCounters) -> String {
        "\(all.received) messages = \(all.delivered) delivered + \(all.refused) refused + \(all.dropped) dropped"
            + " + \(all.underWay) under way"
    }

    // MARK: Members

    private var memberLines: [String] {
        guard !status.members.isEmpty else { return ["no worker has come yet"] }
        // Who takes most attention comes first where there is no room for all.
        let shown = status.members.prefix(memberLimit)
        let rows = shown.map { member in
            [
                member.id, member.workerID, member.tier, member.activity.rawValue, Self.doing(member),
                member.silentSeconds.map { Self.ago($0) } ?? "-", Self.speed(member),
                member.standby ?? Self.tags(member.tags),
            ]
        }
        var lines = StatusTable.lines(["MEMBER", "NAME", "TIER", "NOW", "AT", "HEARD", "GFLOP/S", ""], rows)
        if status.members.count > shown.count { lines.append("and \(status.members.count - shown.count) members more") }
        let connected = status.members.count { $0.isConnected }
        return lines + ["\(connected) of \(status.members.count) members connected"]
    }

    private static func doing(_ member: FleetStatus.Member) -> String {
        guard member.isConnected, member.round > 0 else { return "-" }
        return "\(member.round)/\(member.step)"
    }

    private static func speed(_ member: FleetStatus.Member) -> String {
        member.gflops > 0 ? String(format: member.gflops < 10 ? "%.1f" : "%.0f", member.gflops) : "-"
    }

    private static func tags(_ tags: [String: String]) -> String {
        tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }

    // MARK: Words

    /// `stopped: wrong data`; an outcome may say its kind itself.
    static func ending(_ state: FleetStatus.State, _ outcome: String?) -> String {
        guard let outcome, outcome != state.rawValue else { return state.rawValue }
        return outcome.hasPrefix(state.rawValue) ? outcome : "\(state.rawValue): \(outcome)"
    }

    static func few(_ names: [String]) -> String { StatusTable.printable(Words.few(names)) }

    static func seconds(_ value: Double) -> String {
        guard value.isFinite, value < 1e9 else { return "-" }
        return value < 1 ? "\(Int((value * 1000).rounded())) ms" : String(format: "%.1f s", value)
    }

    static func ago(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e12 else { return "-" }
        let whole = Int(max(0, seconds))
        switch whole {
        case ..<60: return "\(whole) s ago"
        case ..<3600: return "\(whole / 60) min ago"
        case ..<172_800: return "\(whole / 3600) h ago"
        default: return "\(whole / 86400) days ago"
        }
    }
}

extension FleetStatus.Run {
    /// Ended, and all that were there have said that they know.
    var isOver: Bool { [.finished, .stopped, .failed].contains(state) && awaited.isEmpty }

    /// 0 ... 1: steps that are done. `round` and `step` are under way.
    var share: Double {
        guard state != .finished else { return 1 }
        let steps = Double(rounds) * Double(stepsPerRound)
        guard steps > 0, round > 0 else { return 0 }
        return min(1, (Double(round - 1) * Double(stepsPerRound) + Double(step)) / steps)
    }
}
