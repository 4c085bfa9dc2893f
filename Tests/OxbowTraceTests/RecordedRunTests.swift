import OxbowModel
import OxbowProtocol
import OxbowScheduling
import OxbowWire
import Testing

@testable import OxbowTrace

@Suite struct RecordedRunTests {
    private let file = TraceFileSample()

    /// The made-up run with its plan, and hellos of machines that claim the same.
    private func records(gflops: Double = 10) throws -> [TraceRecord] {
        var records = SyntheticRun().records
        let hellos = try [("w0", Role.edge), ("w1", .edge), ("core", .core)].map { try hello($0, $1, gflops) }
        records.insert(
            contentsOf: hellos + [TraceRecord(time_ns: 0, .decision(TraceJSON.text(JournalRecord.plan(Sample.plan))))], at: 4)
        return records
    }

    private func hello(_ name: String, _ role: Role, _ gflops: Double) throws -> TraceRecord {
        let speed = KernelSpeed(width: 0.25, gflops: gflops, outerGflops: gflops)
        let bytes = try ControlCodec.encode(
            .hello(
                Hello(
                    workerID: name, role: role, tier: "any", lane: .control, nonce: 1,
                    capabilities: Capabilities(speeds: [speed]))))
        return TraceRecord(
            time_ns: 0,
            .message(
                TraceMessage(
                    direction: .received, connection: 9, member: nil, envelope: Envelope(content: .control),
                    bodyLength: UInt64(bytes.count), bodyHash: TraceHash(bytes).bytes, controlBody: bytes)))
    }

    private func run(_ records: [TraceRecord]) throws -> RecordedRun {
        try file.write(records.map { ($0, nil) })
        return try RecordedRun(try TraceReader(file.path))
    }

    private func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-6 }

    @Test func pausesAreWhatAnAnswerTookWithoutItsWire() throws {
        let run = try run(records())
        #expect(run.edges.map(\.id) == [.edge(0), .edge(1)])
        let slow = run.edges[1]
        // Of its 120 ms 84 were computing and coding.
        for exchange in Exchange.allCases where exchange != .modelDeltas {
            #expect(slow.pauses[exchange]?.count == 1 && near(Double(slow.pauses[exchange]?[0] ?? 0), 0.02 * 0.7))
        }
        #expect(near(Double(slow.pauses[.modelDeltas]?[0] ?? 0), 0.02 - 2 * 0.036 / 11))
        #expect(slow.steps == 1 && near(slow.computeSeconds, 0.072) && near(slow.codecSeconds, 0.012))
        #expect(near(slow.answerSeconds, 0.12) && slow.hello?.workerID == "w1")
        #expect(run.core.hello?.role == .core && run.core.steps == 1)
    }

    @Test func stepsAndBarriersAreTimed() throws {
        let run = try run(records())
        #expect(run.stepSeconds.count == 1 && near(run.stepSeconds[0], 6 * 0.028))
        #expect(run.barrierSeconds.count == 1 && near(run.barrierSeconds[0], 0.068))
    }

    @Test func withoutAPlanThereIsNothingToRepeat() throws {
        try file.write(SyntheticRun().records.map { ($0, nil) })
        #expect(throws: TraceError.self) { try RecordedRun(try TraceReader(file.path)) }
    }

    // MARK: Calibration

    /// Whatever machines claim: fitted to the same trace they are the same.
    @Test func aFleetIsTakenAtTheSpeedAtWhichItWorked() throws {
        let modest = try FleetCalibration(run(records(gflops: 10)), declared: .init())
        let boastful = try FleetCalibration(run(records(gflops: 40)), declared: .init())
        for tier in ["large", "small"] {
            let (a, b) = (try #require(modest.devices[tier]), try #require(boastful.devices[tier]))
            #expect(abs(a.gflops / b.gflops - 1) < 1e-6 && abs(a.bytesPerSecond / b.bytesPerSecond - 1) < 1e-6)
            #expect(abs((boastful.slowness[tier] ?? 0) / (modest.slowness[tier] ?? 1) - 4) < 1e-6)
        }
        #expect(abs(modest.core.gflops / boastful.core.gflops - 1) < 1e-6)
        // worker-1 computes and codes 84 ms where worker-0 does 33.
        let ratio = try #require(modest.devices["large"]).gflops / #require(modest.devices["small"]).gflops
        #expect(abs(ratio - 0.084 / 0.033) < 1e-6)
        #expect(near(modest.measuredStep, 6 * 0.028) && near(modest.measuredBarrier, 0.068))
    }

    @Test func whatTheExperimentDeclaresCountsMoreThanClaims() throws {
        let device = Device(gflops: 3, bytesPerSecond: 7e6)
        let fitted = try FleetCalibration(run(records()), declared: .init(devices: ["small": device]))
        let claimed = try FleetCalibration(run(records()), declared: .init())
        // The speed that was seen is the same; the claim was another.
        #expect(abs((fitted.devices["small"]?.gflops ?? 0) / (claimed.devices["small"]?.gflops ?? 1) - 1) < 1e-6)
        #expect(abs((claimed.slowness["small"] ?? 0) / (fitted.slowness["small"] ?? 1) - 10.0 / 3) < 1e-6)
    }

    @Test func aTraceWithoutAWholeStepIsNoGround() throws {
        let whole = try records()
        let cut = Array(whole.prefix { !isCommit($0) })
        #expect(throws: FleetCalibration.Failure.self) { try FleetCalibration(try run(cut), declared: .init()) }
    }

    private func isCommit(_ record: TraceRecord) -> Bool { if case .committed? = record.decision { true } else { false } }
}
