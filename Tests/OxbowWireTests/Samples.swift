import OxbowModel
import OxbowProtocol
import OxbowScheduling

@testable import OxbowWire

/// Messages for tests: each kind with ordinary values, and with the most extreme that are legal.
enum Samples {
    static let digest = (0..<32).map { UInt8($0 * 8) }
    static let key = ExchangeKey(
        term: 3, round: 2, step: 17, exchange: .discriminatorGradients, direction: .up, slot: 5)
    static let extremeKey = ExchangeKey(
        term: .max, round: WireLimits.rounds, step: WireLimits.steps, exchange: .modelDeltas, direction: .down,
        slot: WireLimits.slots)

    static let envelopes: [(name: String, value: Envelope)] = [
        ("control", Envelope(version: 1, content: .control)),
        (
            "control from the broker",
            Envelope(version: 1, run: 0x1122_3344_5566_7788, sessionEpoch: 2, credits: 4, content: .control)
        ),
        ("operator", Envelope(version: 1, content: .operator)),
        ("enrolment", Envelope(version: 1, content: .enrolment)),
        (
            "artifact",
            Envelope(
                version: 1, run: 7, sender: .core(), sessionEpoch: 1,
                content: .artifact(ArtifactKey(round: 3, name: "generator-0.safetensors")))
        ),
        ("bulk", Envelope(version: 1, run: 7, sender: .edge(5), sessionEpoch: 1, content: .bulk(key))),
        (
            "extreme",
            Envelope(
                version: .max, run: .max, sender: .core(WireLimits.slots), sessionEpoch: .max, credits: .max,
                content: .bulk(extremeKey))
        ),
    ]

    static let hello = Hello(
        lowestVersion: 1, highestVersion: 1, workerID: "attic", role: .edge, tier: "small", lane: .control,
        nonce: 0x0102_0304_0506_0708,
        capabilities: Capabilities(
            memoryBytes: 8 << 30, cores: 4, instructionSet: "avx2",
            speeds: [KernelSpeed(width: 0.5, gflops: 12.5, outerGflops: 2)], tags: ["site": "home", "arch": "x86"]),
        link: LinkQuality(roundTripSeconds: 0.5, upBytesPerSecond: 3e6, downBytesPerSecond: 4e6),
        data: DataForm(samples: 600, height: 28, width: 28, channels: 1, classes: 10, digest: Array(0..<32)),
        savedBarriers: [3, 4], savedRun: 9)

    static let plan = Plan(
        run: 9, seed: 42, model: ModelParameters(width: 0.5), batch: 64, rounds: 10, stepsPerRound: 94,
        optimizer: OptimizerSettings(),
        method: MethodSettings(
            name: .oxbow, start: .common, batches: .permutation, clusters: 0, plainRounds: 2, alpha: 1.5,
            signalSteps: 8),
        assignments: [
            Assignment(slot: 0, workerID: "attic", tier: "small", cuts: .minimal, samples: 600),
            Assignment(slot: 3, workerID: "garage", tier: "large", cuts: Cuts([1, 2, 1, 0]) ?? .minimal, samples: 1200),
        ])

    static let report = AggregationReport(
        round: 4,
        entries: [
            .init(
                slot: 0, cluster: 1, clusterDivergence: 0.25, globalDivergence: .infinity, clusterWeight: 0.5,
                globalWeight: 0.125)
        ])

    static let scores = GeneratorScores(samples: 1000, imageScore: 2.5, fid: 12.75, labelAccuracy: 0.5, judgeAccuracy: 0.875)

    static let scoredPlan: Plan = {
        var plan = Self.plan
        (plan.assignments, plan.scoring) = ([], ScoringSettings(every: 2, samples: 1000))
        return plan
    }()

    static let half = HalfStep(round: 2, step: 17, half: .generator)

    static let messages: [(name: String, value: ControlMessage)] = [
        ("hello", .hello(hello)),
        (
            "welcome",
            .welcome(
                Welcome(
                    version: 1, member: .edge(5), sessionEpoch: 2, credits: 4, heartbeat_ms: 1000, lease_ms: 10000))
        ),
        ("plan", .plan(plan, startBarrier: 4, term: 6)),
        ("ready", .ready(barrier: 4, digest: digest)),
        (
            "step control",
            .stepControl(
                StepControl(
                    term: 6, members: [0, 3, 300], commit: .half(HalfStep(round: 2, step: 17, half: .discriminator)),
                    next: .half(half, regenerate: true)))
        ),
        (
            "step control at a barrier",
            .stepControl(StepControl(term: 6, members: [0, 3], commit: .half(half), next: .barrier(2)))
        ),
        (
            "step control after a barrier",
            .stepControl(StepControl(term: 6, members: [0, 3], commit: .barrier(2), next: .finish))
        ),
        (
            "step control with an amendment",
            .stepControl(
                StepControl(
                    term: 6, members: [0, 3], commit: .half(half), next: .barrier(2), amendment: plan.assignments))
        ),
        ("rest", .stepControl(StepControl(term: 7, members: [0], commit: .barrier(3), next: .rest))),
        ("pause", .stepControl(StepControl(term: 7, members: [], commit: .nothing, next: .pause))),
        ("barrier saved", .barrierSaved(term: 6, round: 2, digest: digest, artifacts: 4)),
        ("save failed", .saveFailed(term: 6, round: 2, reason: "No space left on device")),
        (
            "metrics",
            .metrics(
                StepMetrics(
                    round: 2, step: 17, lossReal: 0.5, lossFake: -.infinity, lossGenerator: 1.25, computeSeconds: 0.75,
                    waitSeconds: 0.125, codecSeconds: 0))
        ),
        ("aggregation", .aggregation(report)),
        ("plan with scoring", .plan(scoredPlan, startBarrier: 0, term: 6)),
        ("scores", .scores(RoundScores(run: 7, round: 2, scores: scores))),
        (
            "scores without a FID",
            .scores(
                RoundScores(
                    run: 7, round: 2,
                    scores: GeneratorScores(samples: 40, imageScore: 1.5, fid: nil, labelAccuracy: 0.5, judgeAccuracy: 1)))
        ),
        ("no scores", .scores(RoundScores(run: 7, round: 2, scores: nil))),
        ("heartbeat", .heartbeat(busy: true, round: 2, step: 17)),
        ("probe", .probe(LinkProbe(number: 3, answerBytes: 32768, padding: [1, 2, 3]))),
        ("link", .link(LinkQuality(roundTripSeconds: 0.25, upBytesPerSecond: 1e6, downBytesPerSecond: 2e6))),
        ("leaving", .leaving(reason: "SIGTERM")),
        ("standby", .standby(reason: "memory>=1GiB")),
        ("error", .error(.staleSession, message: "an older session")),
        ("goodbye", .goodbye(reason: "stopped")),
    ]

    static let extremeMessages: [ControlMessage] = [
        .hello(extremeHello), .plan(extremePlan, startBarrier: WireLimits.rounds, term: .max),
        .welcome(
            Welcome(
                version: .max, member: .core(WireLimits.slots), sessionEpoch: .max, credits: .max, heartbeat_ms: .max,
                lease_ms: .max)),
        .ready(barrier: WireLimits.rounds, digest: [UInt8](repeating: 255, count: 32)),
        .stepControl(
            StepControl(
                term: .max, members: Array(WireLimits.slots - UInt32(WireLimits.members) + 1...WireLimits.slots),
                commit: .barrier(WireLimits.rounds),
                next: .half(
                    HalfStep(round: WireLimits.rounds, step: WireLimits.steps, half: .discriminator), regenerate: false)
            )),
        .metrics(
            StepMetrics(
                round: 0, step: 0, lossReal: .infinity, lossFake: .leastNonzeroMagnitude,
                lossGenerator: -.greatestFiniteMagnitude, computeSeconds: .greatestFiniteMagnitude)),
        .aggregation(
            AggregationReport(
                round: 0,
                entries: (0..<UInt32(WireLimits.members)).map {
                    .init(
                        slot: $0, cluster: $0, clusterDivergence: -0.0, globalDivergence: .infinity, clusterWeight: 1,
                        globalWeight: .greatestFiniteMagnitude)
                })),
        .scores(
            RoundScores(
                run: .max, round: WireLimits.rounds,
                scores: GeneratorScores(
                    samples: 1, imageScore: Double(WireLimits.classes), fid: .greatestFiniteMagnitude, labelAccuracy: 0,
                    judgeAccuracy: 1))),
        .heartbeat(busy: false, round: WireLimits.rounds, step: WireLimits.steps),
        .probe(
            LinkProbe(
                number: .max, answerBytes: UInt32(WireLimits.probeBytes),
                padding: [UInt8](repeating: 7, count: WireLimits.probeBytes))),
        .stepControl(
            StepControl(
                term: .max, members: extremePlan.assignments.map(\.slot), commit: .nothing, next: .barrier(1),
                amendment: extremePlan.assignments)),
        .goodbye(reason: ""), .goodbye(reason: String(repeating: "ö", count: WireLimits.messageBytes / 2)),
    ]

    private static let extremeHello = Hello(
        lowestVersion: 1, highestVersion: .max, workerID: String(repeating: "w", count: WireLimits.workerIDBytes),
        role: .core, tier: "", lane: .bulk, nonce: .max,
        capabilities: Capabilities(
            memoryBytes: WireLimits.memoryBytes, cores: .max,
            instructionSet: String(repeating: "i", count: WireLimits.instructionSetBytes),
            speeds: (1...WireLimits.speeds).map {
                KernelSpeed(
                    width: Double($0), gflops: .greatestFiniteMagnitude, outerGflops: .leastNonzeroMagnitude)
            },
            tags: Dictionary(
                uniqueKeysWithValues: (0..<WireLimits.tags).map {
                    ("\($0)-" + String(repeating: "k", count: 40), String(repeating: "v", count: WireLimits.tagValueBytes))
                })),
        data: DataForm(
            samples: WireLimits.samples, height: UInt32(WireLimits.imageSide), width: UInt32(WireLimits.imageSide),
            channels: UInt32(WireLimits.imageChannels), classes: UInt32(WireLimits.classes),
            digest: [UInt8](repeating: 0xff, count: WireLimits.digestBytes)),
        savedBarriers: (1...UInt32(WireLimits.savedBarriers)).map { WireLimits.rounds - 16 + $0 }, savedRun: .max)

    /// The largest plan: it must fit in a control message.
    private static let extremePlan = Plan(
        run: .max, seed: .max,
        model: ModelParameters(
            width: WireLimits.width, imageHeight: WireLimits.imageSide, imageWidth: 1,
            imageChannels: WireLimits.imageChannels, classes: WireLimits.classes, noise: WireLimits.noise),
        batch: WireLimits.batch, rounds: WireLimits.rounds, stepsPerRound: WireLimits.steps,
        optimizer: OptimizerSettings(learningRate: .greatestFiniteMagnitude, beta1: 0, beta2: 1, epsilon: 0),
        method: MethodSettings(
            name: .published, start: .independent, batches: .fresh, clusters: UInt32(WireLimits.members),
            plainRounds: .max, alpha: -1e300, signalSteps: .max),
        assignments: (0..<UInt32(WireLimits.members)).map {
            Assignment(
                slot: WireLimits.slots - UInt32(WireLimits.members) + 1 + $0,
                workerID: String(repeating: "w", count: WireLimits.workerIDBytes),
                tier: String(repeating: "t", count: WireLimits.tierBytes),
                cuts: Cuts([0, WireLimits.cut, 1, 2]) ?? .minimal, samples: WireLimits.samples)
        })
}
