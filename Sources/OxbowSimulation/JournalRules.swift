import OxbowProtocol

/// Which records may follow which.
struct JournalRules {
    private let servesOneRun: Bool
    private var queue: [String] = []
    private var run: String?
    private var hasEnded = false
    private var plan: Plan?
    private var term: UInt32 = 0
    private var epochs: [MemberID: UInt32] = [:]
    private var lastBarrier: UInt32 = 0
    /// The half that was committed last, in the round under way.
    private var lastHalf: HalfStep?

    init(servesOneRun: Bool) { self.servesOneRun = servesOneRun }

    /// Takes the record, and says what is wrong with it.
    mutating func fault(of record: JournalRecord) -> String? {
        switch record {
        case .queued(let id): queue.append(id)
        case .withdrawn(let id):
            guard queue.contains(id) else { return "\(id) is withdrawn, and was not queued." }
            queue.removeAll { $0 == id }
        case .started(let id): return start(id)
        case .enrolled(let member, _, _, let epoch):
            defer { epochs[member] = epoch }
            if epoch <= epochs[member] ?? 0 { return "\(member)'s session \(epoch) does not rise." }
        case .lost, .sidelined: break
        case .term(let number, _):
            defer { term = number }
            if number <= term { return "Term \(number) follows \(term)." }
        case .plan(let plan):
            (self.plan, lastBarrier, lastHalf) = (plan, 0, nil)
            return idle
        case .amended(let round, _): return idle ?? (round == lastHalf?.round ? nil : "Round \(round) is amended out of turn.")
        case .committed(let half): return commit(half)
        case .barrier(let round, _): return commitBarrier(round)
        case .ended:
            defer { hasEnded = true }
            return idle
        }
        return nil
    }

    /// Nothing is under way that the record could be of.
    private var idle: String? {
        guard run != nil else { return "No run has started." }
        return hasEnded && !servesOneRun ? "The run has ended." : nil
    }

    private mutating func start(_ id: String) -> String? {
        defer {
            (run, hasEnded, plan, lastBarrier, lastHalf) = (id, false, nil, 0, nil)
            queue.removeAll { $0 == id }
        }
        guard queue.first == id else { return "\(id) is started out of turn: \(queue)." }
        return run != nil && !hasEnded ? "\(id) is started while \(run ?? "") is under way." : nil
    }

    private mutating func commit(_ half: HalfStep) -> String? {
        defer { lastHalf = half }
        guard let plan else { return "\(half) is committed without a plan." }
        guard half.step < plan.stepsPerRound, half.round <= min(plan.rounds, lastBarrier + 1) else {
            return "\(half) is committed after barrier \(lastBarrier)."
        }
        // A round begins anew after a return.
        if half.step == 0, half.half == .discriminator { return idle }
        guard let last = lastHalf, half == last.next else {
            return "\(half) follows \(lastHalf.map(\.description) ?? "nothing")."
        }
        return idle
    }

    private mutating func commitBarrier(_ round: UInt32) -> String? {
        defer { (lastBarrier, lastHalf) = (round, nil) }
        guard let last = lastHalf, let plan, last.half == .generator, last.round == round, last.step + 1 == plan.stepsPerRound
        else { return "Barrier \(round) follows \(lastHalf.map(\.description) ?? "nothing")." }
        return idle
    }
}

extension HalfStep {
    fileprivate var next: HalfStep {
        half == .discriminator
            ? HalfStep(round: round, step: step, half: .generator) : HalfStep(round: round, step: step + 1, half: .discriminator)
    }
}
