import OxbowModel
import OxbowProtocol
import OxbowScheduling
import OxbowWire

/// Nanoseconds to encode and decode each kind of small message.
enum MessageBench {
    static let group = "messages"

    static func rows(seconds: Double) throws -> [BenchRow] {
        try [envelope(seconds)] + controls.map { name, message in try control(name, message, seconds) }
    }

    private static func envelope(_ seconds: Double) throws -> BenchRow {
        let key = ExchangeKey(
            term: 1, round: 7, step: 42, exchange: .discriminatorGradients, direction: .up, slot: 3)
        let envelope = Envelope(
            run: 0x1234_5678_9abc_def0, sender: .edge(3), sessionEpoch: 1, credits: 2, content: .bulk(key))
        let bytes = try EnvelopeCodec.encode(envelope)
        return row(
            "envelope", bytes,
            try nanoseconds(seconds) { _ = try EnvelopeCodec.encode(envelope) },
            try nanoseconds(seconds) { _ = try bytes.withUnsafeBytes(EnvelopeCodec.decode) })
    }

    private static func control(_ name: String, _ message: ControlMessage, _ seconds: Double) throws -> BenchRow {
        let bytes = try ControlCodec.encode(message)
        return row(
            name, bytes,
            try nanoseconds(seconds) { _ = try ControlCodec.encode(message) },
            try nanoseconds(seconds) { _ = try bytes.withUnsafeBytes { try ControlCodec.decode($0) } })
    }

    private static func row(_ name: String, _ bytes: [UInt8], _ encode: Double, _ decode: Double) -> BenchRow {
        BenchRow(
            group, name,
            [
                BenchValue("bytes", "bytes", Double(bytes.count)),
                BenchValue("encode_nanoseconds", "encode ns", encode),
                BenchValue("decode_nanoseconds", "decode ns", decode),
            ])
    }

    private static var controls: [(String, ControlMessage)] {
        [
            ("heartbeat", .heartbeat(busy: true, round: 7, step: 42)),
            ("metrics", .metrics(StepMetrics(round: 7, step: 42, lossReal: 0.7, lossFake: 0.6, lossGenerator: 1.1))),
            ("step control, 4 members", .stepControl(order(4))), ("step control, 64 members", .stepControl(order(64))),
            ("ready", .ready(barrier: 7, digest: [UInt8](repeating: 7, count: WireLimits.digestBytes))),
            ("hello", .hello(hello)), ("plan, 64 workers", .plan(plan(64), startBarrier: 0, term: 1)),
        ]
    }

    private static func order(_ members: UInt32) -> StepControl {
        let half = HalfStep(round: 7, step: 42, half: .discriminator)
        let next = HalfStep(round: 7, step: 42, half: .generator)
        return StepControl(
            term: 1, members: Array(0..<members), commit: .half(half), next: .half(next, regenerate: false))
    }

    private static var hello: Hello {
        Hello(
            workerID: "small-1", role: .edge, tier: "small", lane: .control, nonce: 1,
            capabilities: Capabilities(
                memoryBytes: 8 << 30, cores: 4, instructionSet: "avx2",
                speeds: [KernelSpeed(width: 1, gflops: 80, outerGflops: 20)], tags: ["site": "north"]),
            data: DataForm(samples: 6000, height: 28, width: 28, channels: 1, classes: 10))
    }

    private static func plan(_ workers: UInt32) -> Plan {
        Plan(
            run: 1, seed: 1, model: ModelParameters(), batch: 64, rounds: 10, stepsPerRound: 50,
            optimizer: OptimizerSettings(),
            method: MethodSettings(
                name: .oxbow, start: .common, batches: .permutation, clusters: 0, plainRounds: 1, alpha: 1, signalSteps: 10),
            assignments: (0..<workers).map {
                Assignment(slot: $0, workerID: "small-\($0)", tier: "small", cuts: .minimal, samples: 6000)
            })
    }

    /// The median over batches of calls.
    private static func nanoseconds(_ seconds: Double, _ call: () throws -> Void) throws -> Double {
        var batches = Samples()
        let end = ContinuousClock.now + .seconds(seconds)
        repeat {
            batches.add(try measured { for _ in 0..<100 { try call() } } / 100 * 1e9)
        } while ContinuousClock.now < end
        return batches.median
    }
}
