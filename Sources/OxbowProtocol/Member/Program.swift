/// One piece of arithmetic that a member performs; what comes in and goes out are bodies.
public enum MemberTask: Hashable, Sendable {
    /// Builds the trainers of a plan in the state of a barrier (0: the initial state).
    case prepare(Plan, barrier: UInt32)
    /// Drops what is staged and takes these slots as members from here on.
    case setMembers([UInt32])
    /// The arithmetic of a stage: consumes what came in and gives the bodies to send.
    case stage(Stage, HalfStep)
    /// Makes what the half staged the committed state.
    case commit(HalfStep)
    /// At a barrier: the blocks this edge holds (empty for a newcomer), or in the core the aggregation, whose answers are
    /// for the blocks that each edge holds by the amended assignments.
    case exchangeModels(round: UInt32, amendment: [Assignment]?)
    /// In an edge: installs the blocks that came back, by the amended assignments.
    case installModels(round: UInt32, amendment: [Assignment]?)
    /// Saves the state of the barrier durably.
    case save(round: UInt32)
    /// The barrier is committed everywhere: older ones may go.
    case commitBarrier(round: UInt32)
    /// In an edge, after the commit of a barrier that is scored: gives a copy of the effective generator away, to be scored
    /// beside the training. It cannot fail.
    case score(run: UInt64, round: UInt32)
}

/// The arithmetic of a half step, in the order in which it happens; in an edge each needs the answer to the one before.
public enum Stage: UInt8, Hashable, Sendable, CaseIterable {
    // Edge, discriminator half.
    case generatorHead, discriminatorHeads, discriminatorTails, discriminatorHeadsBackward
    // Edge, generator half; the first two only when the half is repeated with other members.
    case regenerate, regeneratedPassHead
    case generatorPassHead, generatorPassTail, generatorTailBackward, generatorHeadBackward
    // Core: one for each exchange.
    case coreGeneratorActivations, coreDiscriminatorActivations, coreDiscriminatorGradients
    case coreGeneratorPassActivations, coreGeneratorPassGradients, coreGeneratorGradients
}

/// One line of a program: wait for an exchange's messages, compute, send the result as an exchange's messages.
struct ProgramLine: Hashable {
    enum Work: Hashable {
        case stage(Stage)
        case exchangeModels
        case installModels
    }
    var awaits: Exchange?
    var work: Work
    var sends: Exchange?
}

/// What a member does in a half or at a barrier, as data.
enum Program {
    static func lines(_ role: Role, _ next: StepControl.Next) -> [ProgramLine] {
        switch (role, next) {
        case (.edge, .half(let half, let regenerate)):
            half.half == .discriminator ? edgeDiscriminator : (regenerate ? edgeRegenerated : edgeGenerator)
        case (.core, .half(let half, let regenerate)):
            half.half == .discriminator ? coreDiscriminator : (regenerate ? coreRegenerated : coreGenerator)
        case (.edge, .barrier): edgeBarrier
        case (.core, .barrier): coreBarrier
        default: []
        }
    }

    private static func stage(_ awaits: Exchange?, _ stage: Stage, _ sends: Exchange?) -> ProgramLine {
        ProgramLine(awaits: awaits, work: .stage(stage), sends: sends)
    }

    private static let edgeDiscriminator = [
        stage(nil, .generatorHead, .generatorActivations),
        stage(.generatorActivations, .discriminatorHeads, .discriminatorActivations),
        stage(.discriminatorActivations, .discriminatorTails, .discriminatorGradients),
        stage(.discriminatorGradients, .discriminatorHeadsBackward, nil),
    ]
    private static let edgeGeneratorRest = [
        stage(.generatorPassActivations, .generatorPassTail, .generatorPassGradients),
        stage(.generatorPassGradients, .generatorTailBackward, .generatorGradients),
        stage(.generatorGradients, .generatorHeadBackward, nil),
    ]
    private static let edgeGenerator =
        [stage(nil, .generatorPassHead, .generatorPassActivations)] + edgeGeneratorRest
    private static let edgeRegenerated =
        [
            stage(nil, .regenerate, .generatorActivations),
            stage(.generatorActivations, .regeneratedPassHead, .generatorPassActivations),
        ] + edgeGeneratorRest
    private static let coreDiscriminator = [
        stage(.generatorActivations, .coreGeneratorActivations, .generatorActivations),
        stage(.discriminatorActivations, .coreDiscriminatorActivations, .discriminatorActivations),
        stage(.discriminatorGradients, .coreDiscriminatorGradients, .discriminatorGradients),
    ]
    private static let coreGenerator = [
        stage(.generatorPassActivations, .coreGeneratorPassActivations, .generatorPassActivations),
        stage(.generatorPassGradients, .coreGeneratorPassGradients, .generatorPassGradients),
        stage(.generatorGradients, .coreGeneratorGradients, .generatorGradients),
    ]
    private static let coreRegenerated =
        [stage(.generatorActivations, .coreGeneratorActivations, .generatorActivations)] + coreGenerator
    /// The line of every stage; in whichever half it is, it awaits and sends the same.
    fileprivate static let linesOfStages: [Stage: ProgramLine] = {
        let lines = edgeDiscriminator + edgeGenerator + edgeRegenerated + coreDiscriminator + coreRegenerated
        let pairs = lines.compactMap { line in if case .stage(let stage) = line.work { (stage, line) } else { nil } }
        return Dictionary(pairs) { first, _ in first }
    }()
    private static let edgeBarrier = [
        ProgramLine(awaits: nil, work: .exchangeModels, sends: .modelDeltas),
        ProgramLine(awaits: .modelDeltas, work: .installModels, sends: nil),
    ]
    private static let coreBarrier = [
        ProgramLine(awaits: .modelDeltas, work: .exchangeModels, sends: .modelDeltas)
    ]
}

extension Stage {
    /// The exchange whose messages a stage takes in; nil for those that begin a half.
    public var awaits: Exchange? { Program.linesOfStages[self]?.awaits }
    /// The exchange as which its result is sent; nil for those that end a half.
    public var sends: Exchange? { Program.linesOfStages[self]?.sends }
}
