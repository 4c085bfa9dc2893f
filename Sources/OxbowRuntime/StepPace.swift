import OxbowModel
import OxbowProtocol
import OxbowScheduling

/// Whose pace is kept.
public enum PacedRole: Hashable, Sendable {
    case edge(workerID: String)
    case core
}

/// How long a member's tasks take on a machine of given speeds, by the FLOP that the cost model counts.
struct StepPace {
    private let flop: StepFlop
    private let role: PacedRole
    private let gflops: Double
    private let outerGflops: Double
    private var cuts: [UInt32: Cuts]
    /// An edge's own.
    private let slot: UInt32?
    /// Slots taking part.
    private var active: [UInt32]
    /// In force once the barrier under way is committed.
    var amendment: [Assignment]?

    /// - Throws: `ModelError` for a plan whose model cannot be.
    init(_ plan: Plan, _ role: PacedRole, gflops: Double, outerGflops: Double) throws {
        flop = StepFlop(try ModelDescription(plan.model), batch: Int(plan.batch))
        self.role = role
        self.gflops = gflops
        self.outerGflops = outerGflops
        cuts = Dictionary(plan.assignments.map { ($0.slot, $0.cuts) }) { first, _ in first }
        active = plan.assignments.map(\.slot)
        switch role {
        case .edge(let workerID): slot = plan.assignments.first { $0.workerID == workerID }?.slot
        case .core: slot = nil
        }
    }

    /// What was not committed is void.
    mutating func setMembers(_ slots: [UInt32]) { (active, amendment) = (slots, nil) }

    mutating func amend() {
        guard let amendment else { return }
        cuts = Dictionary(amendment.map { ($0.slot, $0.cuts) }) { first, _ in first }
        (active, self.amendment) = (amendment.map(\.slot), nil)
    }

    /// Seconds; nil for a task of which nothing is counted.
    func seconds(_ task: MemberTask) -> Double? {
        let work: Gflop
        switch task {
        case .stage(let stage, _): work = self.work(stage)
        case .commit(let half): work = commit(half.half)
        default: return nil
        }
        return work == Gflop() ? nil : work.seconds(gflops: gflops, outerGflops: outerGflops)
    }

    private func work(_ stage: OxbowProtocol.Stage) -> Gflop {
        switch role {
        case .edge: edge(Self.parts[stage] ?? [])
        case .core:
            stage.sends.map { exchange in
                active.compactMap { cuts[$0] }.reduce(Gflop()) { $0 + flop.core(Int(exchange.rawValue), cuts: $1) }
            } ?? Gflop()
        }
    }

    /// The cost model counts no update in the core.
    private func commit(_ half: OxbowProtocol.Half) -> Gflop {
        guard case .edge = role else { return Gflop() }
        return edge(
            half == .discriminator
                ? [.discriminatorHeadUpdate, .discriminatorTailUpdate] : [.generatorHeadUpdate, .generatorTailUpdate])
    }

    private func edge(_ parts: [EdgePart]) -> Gflop {
        guard let own = slot.flatMap({ cuts[$0] }) else { return Gflop() }
        return parts.reduce(Gflop()) { $0 + flop.edge($1, cuts: own) }
    }

    private static let parts: [OxbowProtocol.Stage: [EdgePart]] = [
        .generatorHead: [.generatorHead], .discriminatorHeads: [.discriminatorHeads],
        .discriminatorTails: [.discriminatorTails], .discriminatorHeadsBackward: [.discriminatorHeadsBackward],
        .regenerate: [.generatorHead], .regeneratedPassHead: [.regeneratedImages, .generatorPassHead],
        .generatorPassHead: [.generatorPassHead], .generatorPassTail: [.generatorPassTail],
        .generatorTailBackward: [.generatorTailBackward], .generatorHeadBackward: [.generatorHeadBackward],
    ]
}
