import OxbowModel
import OxbowProtocol
import OxbowTraining
import OxbowWire

/// Does a member's tasks without arithmetic: every body has the tensors that the plan asks for, filled with noise.
///
/// What others compute from them is finite, and of no use. For load tests. Used by one thread.
public final class StandInPerformer: TaskPerformer {
    private let role: Role
    private let workerID: String
    private let bodies: StandInBodies
    private var slot: UInt32 = 0
    /// In force, by slot; empty before the first plan.
    private var cuts: [UInt32: Cuts] = [:]
    /// In force once the barrier under way is committed.
    private var amendment: [Assignment]?
    /// Of a core: whom it answers.
    private var active: [UInt32] = []
    private var halves = 0
    private var plan: Plan?

    /// - Parameter bodies: shared by the stand-ins of one thread.
    public init(role: Role, workerID: String, bodies: StandInBodies) {
        (self.role, self.workerID, self.bodies) = (role, workerID, bodies)
    }

    public func perform(_ task: MemberTask, inputs: [any BodyStorage]) throws -> TaskResult {
        switch task {
        case .prepare(let plan, let barrier): return try prepare(plan, barrier)
        case .setMembers(let slots): active = slots
        case .stage(let stage, _): return TaskResult(bodies: try answers(stage))
        case .commit(let half): return commit(half)
        case .exchangeModels(let round, let amendment): return try exchangeModels(round, amendment)
        case .installModels: break
        case .save(let round):
            return TaskResult(messages: [.barrierSaved(term: 0, round: round, digest: Self.digest)])
        case .commitBarrier:
            if let amendment { setCuts(amendment) }
            amendment = nil
        case .score(let run, let round):
            return TaskResult(messages: [.scores(RoundScores(run: run, round: round, scores: nil))])
        }
        return TaskResult()
    }

    /// Of the state that it does not have; no real one is like it.
    public static let digest = [UInt8](repeating: 0, count: WireLimits.digestBytes)

    private func prepare(_ plan: Plan, _ barrier: UInt32) throws -> TaskResult {
        try bodies.use(plan.model, batch: Int(plan.batch))
        setCuts(plan.assignments)
        self.plan = plan
        amendment = nil
        slot = plan.assignments.first { $0.workerID == workerID }?.slot ?? 0
        active = plan.assignments.map(\.slot)
        halves = 0
        return TaskResult(messages: [.ready(barrier: barrier, digest: Self.digest)])
    }

    private func answers(_ stage: Stage) throws -> [any BodyStorage] {
        guard let exchange = stage.sends else { return [] }
        let (slots, isUp) = role == .core ? (active, false) : ([slot], true)
        return try slots.map { try bodies.step(exchange, up: isUp, cuts: current($0)) }
    }

    private func commit(_ half: HalfStep) -> TaskResult {
        halves += 1
        guard half.half == .generator else { return TaskResult() }
        return TaskResult(messages: [.metrics(StepMetrics(round: half.round, step: half.step))])
    }

    private func exchangeModels(_ round: UInt32, _ amendment: [Assignment]?) throws -> TaskResult {
        self.amendment = amendment
        let amended = amendment.map(Self.cuts)
        let isScored = plan?.scores(after: round) ?? false
        guard role == .core else {
            let moves = try bodies.moves(current(slot), amended?[slot], halves > 0, scored: isScored)
            return TaskResult(bodies: [try bodies.blocks(moves.before, optimizer: moves.givenUp)])
        }
        let answers = try active.map { slot -> any BodyStorage in
            let moves = try bodies.moves(cuts[slot], amended?[slot], cuts[slot] != nil, scored: isScored)
            return try bodies.blocks(moves.after + moves.shown, optimizer: moves.takenOver)
        }
        let report = AggregationReport(round: round, entries: active.map(Self.entry))
        return TaskResult(bodies: answers, messages: [.aggregation(report)])
    }

    /// All in one cluster, all alike.
    private static func entry(_ slot: UInt32) -> AggregationReport.Entry {
        .init(slot: slot, cluster: 0, clusterDivergence: 0, globalDivergence: 0, clusterWeight: 1, globalWeight: 1)
    }

    private static func cuts(_ assignments: [Assignment]) -> [UInt32: Cuts] {
        Dictionary(assignments.map { ($0.slot, $0.cuts) }) { first, _ in first }
    }

    private func setCuts(_ assignments: [Assignment]) { cuts = Self.cuts(assignments) }

    private func current(_ slot: UInt32) throws -> Cuts {
        guard let cuts = cuts[slot] else { throw FleetError("Unable to follow the plan: it has no place for worker-\(slot).") }
        return cuts
    }
}

/// Bodies of noise, each made once. Used by one thread.
public final class StandInBodies {
    private enum Key: Hashable {
        case step(Exchange, up: Bool, Cuts)
        case blocks([BlockName], optimizer: [BlockName])
    }

    private let makeBody: BodyFactory
    private var model: ModelDescription?
    private var batch = 0
    private var made: [Key: any BodyStorage] = [:]

    public init(makeBody: @escaping BodyFactory) { self.makeBody = makeBody }

    func use(_ parameters: ModelParameters, batch: Int) throws {
        guard model?.parameters != parameters || batch != self.batch else { return }
        (model, self.batch) = (try ModelDescription(parameters), batch)
        made.removeAll()
    }

    func moves(_ current: Cuts?, _ amended: Cuts?, _ contributes: Bool, scored: Bool) throws -> BlockMoves {
        try BlockMoves(required(), current: current, amended: amended, contributes: contributes, scored: scored)
    }

    func step(_ exchange: Exchange, up: Bool, cuts: Cuts) throws -> any BodyStorage {
        try body(.step(exchange, up: up, cuts)) {
            let shapes = try required().shape(of: Int(exchange.rawValue), up: up, cuts: cuts, batch: batch)
            return try make(shapes.enumerated().map { TensorSpec(name: "\($0.offset)", shape: $0.element) }) { _ in true }
        }
    }

    /// Values of some blocks, and Adam's states of some.
    func blocks(_ values: [BlockName], optimizer: [BlockName]) throws -> any BodyStorage {
        try body(.blocks(values, optimizer: optimizer)) {
            let model = try required()
            let all = values.flatMap { model[$0].valueShapes } + optimizer.flatMap { model[$0].optimizerShapes }
            let noisy = values.reduce(0) { $0 + model[$1].valueShapes.count }
            // Adam's states are zero: a count must be whole.
            return try make(all.map { TensorSpec(name: $0.name, shape: $0.shape) }) { $0 < noisy }
        }
    }

    private func body(_ key: Key, _ make: () throws -> any BodyStorage) rethrows -> any BodyStorage {
        if let known = made[key] { return known }
        let body = try make()
        made[key] = body
        return body
    }

    private func required() throws -> ModelDescription {
        guard let model else { throw FleetError("Unable to compute: no plan has come yet.") }
        return model
    }

    /// - Parameter isNoisy: by a tensor's place; others are zero.
    private func make(_ specs: [TensorSpec], isNoisy: (Int) -> Bool) throws -> any BodyStorage {
        let encoder = try BodyEncoder(specs)
        return makeBody(encoder.byteCount) { buffer in
            encoder.encode(into: buffer) { index, target in
                for place in 0..<target.count / 4 {
                    target.storeBytes(of: isNoisy(index) ? Self.noise(place) : 0, toByteOffset: 4 * place, as: Float.self)
                }
            }
        }
    }

    /// Above 0, since running variances are among it.
    private static func noise(_ place: Int) -> Float {
        let mixed = UInt32(truncatingIfNeeded: place) &* 2_654_435_769
        return Float(mixed >> 8) / Float(1 << 24) * 0.1 + 0.001
    }
}
