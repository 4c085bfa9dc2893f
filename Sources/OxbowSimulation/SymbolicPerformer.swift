import OxbowProtocol

/// A body that stands for a tensor: a number that depends on everything that went into it.
public final class SymbolicBody: BodyStorage {
    public let value: UInt64
    public let byteCount = 1_000

    public init(_ value: UInt64) { self.value = value }
}

/// What a simulated process keeps beyond a crash.
public final class SymbolicDisk {
    public var run: UInt64 = 0
    public var barriers: [UInt32: UInt64] = [:]
    /// Rules that were broken, in words.
    public var faults: [String] = []
    public init() {}
}

/// Arithmetic reduced to hashes: it takes no time, and any message that is lost, repeated or mixed up changes the end.
///
/// It obeys the rules of the real one: nothing staged counts before its commit, a restart begins at a saved barrier.
public final class SymbolicPerformer: TaskPerformer {
    private let role: Role
    private let slot: UInt32
    private let disk: SymbolicDisk
    private var state: UInt64 = 0
    private var staged: UInt64 = 0
    private var barrier: UInt64?
    private var members: [UInt32] = []
    /// Halves committed since the state was loaded or the last barrier was committed.
    private var halves = 0
    private var halvesOfARound = 0

    public init(role: Role, slot: UInt32, disk: SymbolicDisk) {
        self.role = role
        self.slot = slot
        self.disk = disk
    }

    public enum Fault: Error { case notSaved(UInt32), unevenInputs }

    public func perform(_ task: MemberTask, inputs: [any BodyStorage]) throws -> TaskResult {
        switch task {
        case .prepare(let plan, let round): return try prepare(plan, round)
        case .setMembers(let slots):
            members = slots
            discard()
            return TaskResult()
        case .stage(let stage, let half): return self.stage(stage, half, inputs)
        case .commit:
            state = mix(state, staged)
            staged = 0
            halves += 1
            return TaskResult()
        case .exchangeModels(let round, let amendment):
            if let amendment, amendment.map(\.slot) != members {
                disk.faults.append("\(role) \(slot) amends the plan for \(amendment.map(\.slot)), but \(members) take part")
            }
            return exchange(round, inputs)
        case .installModels:
            barrier = mix(state, value(inputs[0]))
            return TaskResult()
        case .save(let round):
            // Whoever has trained in this round has all of it: a commit that went missing shows here.
            if halves != 0, halves != halvesOfARound {
                disk.faults.append("\(role) \(slot) saves round \(round) after \(halves) of \(halvesOfARound) halves")
            }
            disk.barriers[round] = barrier ?? state
            return TaskResult(
                messages: [.barrierSaved(term: 0, round: round, digest: bytes(barrier ?? state))],
                artifacts: role == .edge
                    ? [] : [Artifact(ArtifactKey(round: round, name: "state"), SymbolicBody(barrier ?? state))])
        case .commitBarrier(let round):
            state = barrier ?? state
            barrier = nil
            halves = 0
            disk.barriers = disk.barriers.filter { $0.key + 2 > round }
            return TaskResult()
        case .score(_, let round):
            if role == .core || disk.barriers[round] == nil || halves != 0 {
                disk.faults.append("\(role) \(slot) scores round \(round), whose barrier it has not committed")
            }
            return TaskResult()
        }
    }

    private func prepare(_ plan: Plan, _ round: UInt32) throws -> TaskResult {
        if round > 0, disk.run == plan.run, disk.barriers[round] == nil { throw Fault.notSaved(round) }
        if disk.run != plan.run { disk.barriers.removeAll() }
        disk.run = plan.run
        state = round == 0 ? mix(plan.seed, UInt64(slot)) : disk.barriers[round] ?? 0
        discard()
        halves = 0
        halvesOfARound = 2 * Int(plan.stepsPerRound)
        return TaskResult(messages: [.ready(barrier: round, digest: bytes(state))])
    }

    private func discard() {
        staged = 0
        barrier = nil
    }

    private func stage(_ stage: Stage, _ half: HalfStep, _ inputs: [any BodyStorage]) -> TaskResult {
        var result = mix(state, UInt64(half.round) << 32 | UInt64(half.step))
        for input in inputs { result = mix(result, value(input)) }
        result = mix(result, UInt64(stage.rawValue))
        switch stage {
        case .generatorHead, .regenerate: staged = result
        default: staged = mix(staged, result)
        }
        let count = role == .core ? inputs.count : 1
        return TaskResult(bodies: (0..<count).map { SymbolicBody(mix(result, UInt64($0))) })
    }

    private func exchange(_ round: UInt32, _ inputs: [any BodyStorage]) -> TaskResult {
        guard role == .core else { return TaskResult(bodies: [SymbolicBody(halves == 0 ? 0 : state)]) }
        var result = state
        for input in inputs where value(input) != 0 { result = mix(result, value(input)) }
        barrier = result
        return TaskResult(bodies: inputs.indices.map { SymbolicBody(mix(result, UInt64($0))) })
    }

    private func value(_ body: any BodyStorage) -> UInt64 { (body as? SymbolicBody)?.value ?? 0 }

    private func bytes(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    /// The finaliser of splitmix64 over both.
    private func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        var z = a &* 0x9E37_79B9_7F4A_7C15 &+ b &+ 0x2545_F491_4F6C_DD1D
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
