/// How well a machine keeps the pace of another one.
public struct PaceRecord: Sendable {
    /// Tasks that have a pace, and those among them that took longer than it allows.
    public private(set) var tasks = 0
    public private(set) var lateTasks = 0
    /// What the tasks should have taken, and how much longer the late ones took.
    public private(set) var seconds = 0.0
    public private(set) var lateSeconds = 0.0
    private var steps = 0
    private var nextLook = 1
    /// As they were at the last look.
    private var seen = (seconds: 0.0, lateSeconds: 0.0)

    /// Late by less than this share of the time is not worth a word.
    private static let tolerance = 0.02

    public init() {}

    mutating func add(modelled: Double, took: Double) {
        tasks += 1
        seconds += modelled
        guard took > modelled else { return }
        lateTasks += 1
        lateSeconds += took - modelled
    }

    /// After a step: whether to warn that the pace was not kept since the last look. Looks become rarer, as the steps
    /// double; the first step does not count, since primitives are made and memory is touched in it.
    mutating func endStep() -> Bool {
        steps += 1
        guard steps == nextLook else { return false }
        nextLook *= 2
        let isLate = lateSeconds - seen.lateSeconds > Self.tolerance * (seconds - seen.seconds)
        seen = (seconds, lateSeconds)
        return isLate && steps > 1
    }
}
