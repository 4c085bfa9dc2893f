import OxbowModel
import OxbowProtocol
import OxbowScheduling
import OxbowWire

/// One of each message, from our own encoders.
enum WireSeeds {
    static func envelopes() throws -> [String: [UInt8]] {
        let key = ExchangeKey(term: 3, round: 2, step: 17, exchange: .discriminatorGradients, direction: .up, slot: 5)
        let artifact = ArtifactKey(round: 3, name: "generator-0.safetensors")
        return [
            "control": try EnvelopeCodec.encode(Envelope(run: 7, sessionEpoch: 2, credits: 4, content: .control)),
            "bulk": try EnvelopeCodec.encode(Envelope(run: 7, sender: .edge(5), sessionEpoch: 1, content: .bulk(key))),
            "artifact": try EnvelopeCodec.encode(Envelope(sender: .core(), sessionEpoch: 1, content: .artifact(artifact))),
            "operator": try EnvelopeCodec.encode(Envelope(content: .operator)),
            "enrolment": try EnvelopeCodec.encode(Envelope(content: .enrolment)),
        ]
    }

    static func messages() throws -> [String: [UInt8]] {
        var encoded: [String: [UInt8]] = [:]
        for (name, message) in [
            ("hello", .hello(hello)), ("plan", .plan(plan, startBarrier: 4, term: 6)),
            ("ready", .ready(barrier: 4, digest: digest)),
            (
                "welcome",
                .welcome(Welcome(version: 1, member: .edge(5), sessionEpoch: 2, credits: 4, heartbeat_ms: 1000, lease_ms: 10000))
            ),
            ("half", .stepControl(order(.half(half, regenerate: true)))), ("barrier", .stepControl(order(.barrier(2)))),
            ("amendment", .stepControl(order(.barrier(2), plan.assignments))), ("finish", .stepControl(order(.finish))),
            ("saved", .barrierSaved(term: 6, round: 2, digest: digest, artifacts: 4)),
            ("metrics", .metrics(StepMetrics(round: 2, step: 17, lossReal: 0.5, lossFake: -.infinity, lossGenerator: 1.25))),
            ("scored-plan", .plan(scoredPlan, startBarrier: 4, term: 6)), ("scores", .scores(scores)),
            ("aggregation", .aggregation(report)), ("heartbeat", .heartbeat(busy: true, round: 2, step: 17)),
            ("probe", .probe(LinkProbe(number: 3, answerBytes: 32768, padding: [1, 2, 3]))),
            ("link", .link(LinkQuality(roundTripSeconds: 0.25, upBytesPerSecond: 1e6, downBytesPerSecond: 2e6))),
            ("leaving", .leaving(reason: "SIGTERM")), ("standby", .standby(reason: "memory>=1GiB")),
            ("error", .error(.staleSession, message: "an older session")), ("goodbye", .goodbye(reason: "stopped")),
        ] as [(String, ControlMessage)] { encoded[name] = try ControlCodec.encode(message) }
        return encoded
    }

    static func operatorMessages() throws -> [String: [UInt8]] {
        let submission = Submission(name: "night", experiment: "rounds: 3\n")
        var encoded: [String: [UInt8]] = [
            "request": try OperatorCodec.encode(
                OperatorRequest(challenge: digest, mac: digest, command: try OperatorCodec.encode(OperatorCommand.list))),
            "reply": try OperatorCodec.encode(
                OperatorReply(nextChallenge: digest, code: .refused, message: "no", totalBytes: 5, content: [1, 2, 3])),
        ]
        for (name, command) in [
            ("hello", .hello), ("submit", .submit(submission)), ("list", .list), ("status", .status), ("files", .files(run: "a")),
            ("logs", .logs(run: "a", offset: 300, mostBytes: 70000)), ("stop", .stop(run: "a", reason: "late")),
            ("fetch", .fetch(run: "a", file: "samples/round-001.png", offset: 0, mostBytes: 70000)),
        ] as [(String, OperatorCommand)] { encoded[name] = try OperatorCodec.encode(command) }
        return encoded
    }

    static func enrolment() throws -> [String: [UInt8]] {
        let tags = ["site": "berlin", "gpu": ""]
        return [
            "request": try EnrolmentCodec.encode(
                EnrolmentRequest(publicKey: digest, workerID: "attic", role: .edge, tier: "small", tags: tags)),
            "reply": try EnrolmentCodec.encode(EnrolmentReply(workerID: "attic", slot: 300)),
            "refusal": try EnrolmentCodec.encode(EnrolmentReply(code: .spent, message: "used up")),
        ]
    }

    static func bodies() throws -> [String: [UInt8]] {
        let two = [
            TensorSpec(name: "fake", shape: [2, 3], dtype: .float32), TensorSpec(name: "scale", shape: [], dtype: .float32),
        ]
        return [
            "empty": try body([]), "two": try body(two),
            "long": try body([TensorSpec(name: "w", shape: [4, 1, 4, 2], dtype: .float32)]),
        ]
    }

    private static func body(_ specs: [TensorSpec]) throws -> [UInt8] {
        let encoder = try BodyEncoder(specs)
        var bytes = [UInt8](repeating: 0, count: encoder.byteCount)
        bytes.withUnsafeMutableBytes { buffer in
            encoder.encode(into: buffer) { index, target in
                for place in target.indices { target[place] = UInt8(index + place % 7) }
            }
        }
        return bytes
    }

    // MARK: Values

    private static let digest = (0..<32).map { UInt8($0 * 8) }
    private static let half = HalfStep(round: 2, step: 17, half: .generator)

    private static func order(_ next: StepControl.Next, _ amendment: [Assignment]? = nil) -> StepControl {
        StepControl(term: 6, members: [0, 3], commit: .half(half), next: next, amendment: amendment)
    }

    static let hello = Hello(
        lowestVersion: 1, highestVersion: 1, workerID: "attic", role: .edge, tier: "small", lane: .control, nonce: 9,
        capabilities: Capabilities(
            memoryBytes: 8 << 30, cores: 4, instructionSet: "avx2",
            speeds: [KernelSpeed(width: 0.5, gflops: 12.5, outerGflops: 2)], tags: ["site": "home"]),
        link: LinkQuality(roundTripSeconds: 0.5, upBytesPerSecond: 3e6, downBytesPerSecond: 4e6),
        data: DataForm(samples: 600, height: 28, width: 28, channels: 1, classes: 10), savedBarriers: [3, 4], savedRun: 9)

    static let plan = Plan(
        run: 9, seed: 42, model: ModelParameters(width: 0.5), batch: 64, rounds: 10, stepsPerRound: 94,
        optimizer: OptimizerSettings(),
        method: MethodSettings(
            name: .oxbow, start: .common, batches: .permutation, clusters: 0, plainRounds: 2, alpha: 1.5, signalSteps: 8),
        assignments: [0, 3].map { Assignment(slot: $0, workerID: "box-\($0)", tier: "large", cuts: .minimal, samples: 1200) })

    private static let scoredPlan: Plan = {
        var plan = Self.plan
        plan.scoring = ScoringSettings(every: 2, samples: 1000)
        return plan
    }()

    private static let scores = RoundScores(
        run: 9, round: 2,
        scores: GeneratorScores(samples: 1000, imageScore: 2.5, fid: 12.75, labelAccuracy: 0.5, judgeAccuracy: 0.875))

    private static let report = AggregationReport(
        round: 4,
        entries: [
            .init(slot: 0, cluster: 1, clusterDivergence: 0.25, globalDivergence: .nan, clusterWeight: 0.5, globalWeight: 0.125)
        ])
}
