import Foundation
import OxbowModel
import OxbowScheduling

/// What `plan` prints: the plan, its certificate, and where a step's seconds go.
struct PlanReport: Encodable {
    var planner: String
    var costModel: String
    var workers: Int
    var batch: Int
    var seconds: Double
    var lowerBound: Double
    var gap: Double
    var evaluations: Int
    var planningSeconds: Double
    /// Workers whose cuts are given.
    var given: Int
    /// Blocks that every head, or tail, keeps at least beyond the one that never moves.
    var minHead: Int
    var minTail: Int
    /// By tier where all its workers have the same, else by worker.
    var cuts: [String: [Int]]
    var tiers: [TierPlan]
    var exchanges: [ExchangeSeconds]
    /// What takes the most of a step's seconds, first.
    var causes: [Cause]
    var faster: [FasterMachine]

    struct Cause: Encodable {
        var name: String
        var seconds: Double
    }

    /// - Parameter planner: plans anew for machines that are twice as fast.
    init(
        _ request: PlanningRequest, _ plan: CutPlan, by costModel: any CostModel, planner: any Planner, planningSeconds: Double
    ) throws {
        guard let cost = plan.cost else { preconditionFailure("planned without a cost model") }
        let breakdown = try costModel.breakdown(of: plan.cuts, for: request)
        self.planner = plan.planner
        self.costModel = cost.model
        self.planningSeconds = planningSeconds
        workers = request.workers.count
        batch = request.batch
        given = request.workers.count { $0.fixed != nil }
        (minHead, minTail) = (request.minimumHead, request.minimumTail)
        (seconds, lowerBound, gap, evaluations) = (cost.seconds, cost.lowerBound, cost.gap, cost.evaluations)
        tiers = try TierPlan.all(request, plan.cuts, by: costModel)
        cuts = Self.cuts(request, plan.cuts)
        exchanges = ExchangeSeconds.all(breakdown)
        causes = breakdown.causes.map { Cause(name: "\($0.cause)", seconds: $0.seconds) }
        faster = try FasterMachine.all(breakdown, request, plan, by: costModel, planner: planner)
    }

    private static func cuts(_ request: PlanningRequest, _ cuts: [Cuts]) -> [String: [Int]] {
        var choices: [String: Set<Cuts>] = [:]
        for (worker, chosen) in zip(request.workers, cuts) { choices[worker.tier, default: []].insert(chosen) }
        var result: [String: [Int]] = [:]
        for (worker, chosen) in zip(request.workers, cuts) {
            result[choices[worker.tier]?.count == 1 ? worker.tier : worker.id] = chosen.values
        }
        return result
    }
}

/// A tier's workers by what they keep.
struct TierPlan: Encodable {
    var name: String
    var workers: Int
    var choices: [Choice]

    struct Choice: Encodable {
        var workers: Int
        var cuts: [Int]
        /// Of one worker's step: what it computes, and what crosses its link both ways.
        var gflop: Double
        var bytes: Int
        /// Bytes of tensors that it needs.
        var memory: Int
        /// What its own computing and link take in a step.
        var seconds: Double
    }

    /// By the first worker of each.
    static func all(_ request: PlanningRequest, _ cuts: [Cuts], by costModel: any CostModel) throws -> [TierPlan] {
        var tiers: [TierPlan] = []
        var positions: [String: Int] = [:]
        for (worker, chosen) in zip(request.workers, cuts) {
            let position = positions[worker.tier] ?? tiers.count
            if position == tiers.count {
                positions[worker.tier] = position
                tiers.append(TierPlan(name: worker.tier, workers: 0, choices: []))
            }
            tiers[position].workers += 1
            if let known = tiers[position].choices.firstIndex(where: { $0.cuts == chosen.values }) {
                tiers[position].choices[known].workers += 1
            } else {
                tiers[position].choices.append(try choice(worker, chosen, request, costModel))
            }
        }
        return tiers
    }

    private static func choice(
        _ worker: Candidate, _ cuts: Cuts, _ request: PlanningRequest, _ costModel: any CostModel
    ) throws -> Choice {
        let load = worker.device.flatMap { costModel.load(of: $0, cuts: cuts, for: request) }
        return Choice(
            workers: 1, cuts: cuts.values, gflop: load?.gflop ?? 0,
            bytes: try request.model.stepBytes(cuts: cuts, batch: request.batch),
            memory: try SegmentMemory(request.model, cuts: cuts, batch: request.batch).bytes, seconds: load?.seconds ?? 0)
    }
}

/// Where an exchange's seconds go while everybody waits.
struct ExchangeSeconds: Encodable {
    /// 1 to 6; 7 is the barrier's; 0 where the cost model knows no exchanges.
    var exchange: Int
    var name: String
    var compute = 0.0
    var up = 0.0
    var core = 0.0
    var down = 0.0
    /// What takes the most of it.
    var cause = ""

    static func all(_ breakdown: CostBreakdown) -> [ExchangeSeconds] {
        var rows: [ExchangeSeconds] = []
        var most: [Double] = []
        for share in breakdown.shares.sorted(by: { $0.exchange < $1.exchange }) {
            if rows.last.map({ $0.exchange != share.exchange || $0.exchange == 0 && $0.name != share.name }) ?? true {
                rows.append(ExchangeSeconds(exchange: share.exchange, name: share.name))
                most.append(0)
            }
            let last = rows.count - 1
            switch share.part {
            case .compute: rows[last].compute += share.seconds
            case .up: rows[last].up += share.seconds
            case .core: rows[last].core += share.seconds
            case .down: rows[last].down += share.seconds
            }
            if share.seconds > most[last] { (most[last], rows[last].cause) = (share.seconds, "\(share.cause)") }
        }
        return rows
    }
}

/// What a step would take if one of its causes were twice as fast.
struct FasterMachine: Encodable {
    var name: String
    var seconds: Double
    /// Else with the same cuts.
    var isPlannedAnew: Bool

    private static let limit = 4

    /// The largest causes; planned anew where that is exact, else with the same cuts.
    static func all(
        _ breakdown: CostBreakdown, _ request: PlanningRequest, _ plan: CutPlan, by costModel: any CostModel,
        planner: any Planner
    ) throws -> [FasterMachine] {
        try breakdown.causes.prefix(limit).map { cause, _ in
            let faster = request.faster(cause)
            let planned = planner is ExactPlanner ? try planner.plan(for: faster).cost?.seconds : nil
            return FasterMachine(
                name: "\(cause)", seconds: try planned ?? costModel.seconds(of: plan.cuts, for: faster),
                isPlannedAnew: planned != nil)
        }
    }
}

extension PlanningRequest {
    /// The same with this machine or link twice as fast.
    fileprivate func faster(_ cause: CostCause) -> PlanningRequest {
        var faster = self
        switch cause {
        case .core: faster.core?.gflops *= 2
        case .coreLink: faster.core?.bytesPerSecond *= 2
        case .workers(let tier):
            faster.change(tier) { device in
                device.gflops *= 2
                device.outerGflops *= 2
            }
        case .links(let tier): faster.change(tier) { $0.bytesPerSecond *= 2 }
        case .latency(let tier): faster.change(tier) { $0.latencySeconds /= 2 }
        }
        return faster
    }

    private mutating func change(_ tier: String, _ body: (inout Device) -> Void) {
        for index in workers.indices where workers[index].tier == tier {
            guard var device = workers[index].device else { continue }
            body(&device)
            workers[index].device = device
        }
    }
}
