import OxbowProtocol
import Testing

@testable import OxbowWire

/// What a hostile or broken peer may send, and the words with which it is refused.
@Suite struct RefusalTests {
    private func refusal(_ bytes: [UInt8]) -> String? {
        do {
            _ = try decodeControl(bytes)
            return nil
        } catch { return "\(error)" }
    }

    private func heartbeat(_ fill: (inout RawMessage) -> Void) -> [UInt8] {
        RawMessage.build { $0.block(9, RawMessage.build(fill)) }
    }

    @Test func theReasonIsAClearSentence() {
        #expect(refusal([]) == "Refused control message: of 'hello' of 'Control' and its alternatives there are 0, not 1.")
        let noRound = heartbeat {
            $0.number(1, 1)
            $0.number(3, 1)
        }
        #expect(refusal(noRound) == "Refused control message: 'round' of 'Heartbeat' is missing.")
        let late = heartbeat {
            $0.number(1, 1)
            $0.number(2, 1 << 25)
            $0.number(3, 1)
        }
        #expect(refusal(late) == "Refused heartbeat: round 33554432 is more than 16777216.")
    }

    @Test func numbersOutsideTheirTypeAreRefused() {
        func with(busy: UInt64, round: UInt64) -> [UInt8] {
            heartbeat {
                $0.number(1, busy)
                $0.number(2, round)
                $0.number(3, 0)
            }
        }
        #expect(refusal(with(busy: 1, round: 1)) == nil)
        #expect(refusal(with(busy: 2, round: 1)) != nil, "a bool that is 2")
        #expect(refusal(with(busy: 1, round: 1 << 32 | 1)) != nil, "33 bits")
    }

    @Test func aFieldTwiceIsRefused() throws {
        let bytes = try ControlCodec.encode(.heartbeat(busy: false, round: 1, step: 1))
        #expect(refusal(bytes + bytes) == "Refused control message: 'heartbeat' of 'Control' occurs twice.")
        let other = try ControlCodec.encode(.goodbye(reason: ""))
        #expect(refusal(bytes + other) != nil, "two kinds")
    }

    @Test func fieldsOfALaterVersionArePassedOverButNotHoarded() throws {
        let bytes = try ControlCodec.encode(.goodbye(reason: "x"))
        let unknown = RawMessage.build {
            $0.number(99, .max)
            $0.block(98, [1, 2, 3])
            $0.fixed64(97, 1)
        }
        #expect(refusal(bytes + unknown) == nil)
        let many = (0...WireLimits.unknownFields).flatMap { _ in RawMessage.build { $0.number(99, 1) } }
        #expect(refusal(bytes + many) == "Refused control message: more than 64 unknown fields.")
    }

    @Test func groupsFieldZeroAndOverlongNumbersAreRefused() throws {
        let bytes = try ControlCodec.encode(.goodbye(reason: "x"))
        for tail: [UInt8] in [
            [0x9b, 0x06], [0x9c, 0x06], [0x00, 0x00], [0x06], [0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00],
            [0x98, 0x06] + [UInt8](repeating: 0xff, count: 10), [0x9a, 0x06, 0xff, 0xff, 0xff, 0xff, 0x0f],
        ] {
            #expect(refusal(bytes + tail) != nil, "\(tail)")
        }
    }

    @Test func textThatIsNoTextIsRefused() {
        for text: [UInt8] in [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0x61, 0], [0xe2, 0x82]] {
            #expect(refusal(RawMessage.build { $0.block(11, RawMessage.build { $0.block(1, text) }) }) != nil)
        }
        let long = RawMessage.build { $0.block(1, [UInt8](repeating: 0x61, count: WireLimits.messageBytes + 1)) }
        let reason = refusal(RawMessage.build { $0.block(11, long) })
        #expect(reason == "Refused control message: 'reason' of 'Goodbye' is longer than 2048 bytes.")
    }

    @Test func countsOverTheLimitAreRefusedBeforeAnythingIsAllocated() throws {
        let entry = RawMessage.build {
            $0.number(1, 1)
            $0.number(2, 1)
            for field in 3...6 as ClosedRange<UInt64> { $0.fixed64(field, 0) }
        }
        let report = RawMessage.build {
            $0.number(1, 1)
            for _ in 0...WireLimits.members { $0.block(2, entry) }
        }
        let tooMany = refusal(RawMessage.build { $0.block(8, report) })
        #expect(tooMany == "Refused control message: 'entries' of 'AggregationReport' has more than 16384 entries.")
        // Two bytes an entry would ask protobuf-c for a hundred each.
        let empty = [0x08, 0x00] + [[UInt8]](repeating: [0x12, 0x00], count: 1_000_000).joined()
        #expect(refusal(RawMessage.build { $0.block(8, empty) })?.contains("is missing") == true)
        let members = RawMessage.build { $0.block(2, [UInt8](repeating: 1, count: WireLimits.members + 1)) }
        let reason = refusal(RawMessage.build { $0.block(5, members) })
        #expect(reason == "Refused control message: 'members' of 'StepControl' has more than 16384 entries.")
        let error = try #require(throws: WireError.self) {
            try decodeControl([UInt8](repeating: 0, count: WireLimits.controlBytes + 1))
        }
        #expect(error.code == .tooLarge && error.reason == "8388609 bytes are more than 8388608")
        let hello = try ControlCodec.encode(.hello(Samples.hello))
        #expect(throws: WireError.self) { try decodeControl(hello, limit: hello.count - 1) }
        #expect(throws: WireError.self) { try decodeEnvelope([UInt8](repeating: 0, count: 1025)) }
    }

    @Test func unpackingWithTooLittleMemoryFailsCleanly() throws {
        for (name, message) in Samples.messages {
            let bytes = try ControlCodec.encode(message)
            var needed = 0
            while (try? bytes.withUnsafeBytes { try ControlCodec.decode($0, limit: .max, budget: needed) }) == nil {
                needed += 8
                try #require(needed < 64 << 10, "\(name)")
            }
            #expect(needed > 0, "\(name) needs \(needed) bytes")
        }
    }

    @Test func whatOneSideRefusesTheOtherDoesNotSend() {
        var hello = Samples.hello
        hello.capabilities.speeds[0].gflops = .nan
        var many = Samples.hello
        many.capabilities.tags = Dictionary(uniqueKeysWithValues: (0...WireLimits.tags).map { ("\($0)", "") })
        var plan = Samples.plan
        plan.assignments.reverse()
        var flat = Samples.plan
        flat.model.imageHeight = 0
        var cut = Samples.plan
        cut.assignments[0].cuts.generatorHead = -1
        var steep = Samples.plan
        steep.optimizer.learningRate = .infinity
        let refused: [ControlMessage] = [
            .hello(hello), .hello(many), .plan(plan, startBarrier: 0, term: 1), .plan(flat, startBarrier: 0, term: 1),
            .plan(cut, startBarrier: 0, term: 1), .plan(steep, startBarrier: 0, term: 1),
            .ready(barrier: 0, digest: [1, 2, 3]),
            .stepControl(StepControl(term: 1, members: [2, 2], commit: .nothing, next: .pause)),
            .scores(scores { $0.imageScore = .nan }), .scores(scores { $0.imageScore = 0.5 }),
            .scores(scores { $0.imageScore = .infinity }), .scores(scores { $0.fid = .nan }), .scores(scores { $0.fid = -1 }),
            .scores(scores { $0.fid = .infinity }), .scores(scores { $0.labelAccuracy = 1.5 }),
            .scores(scores { $0.judgeAccuracy = -.infinity }), .scores(scores { $0.samples = 1001 }),
            .scores(RoundScores(run: 1, round: WireLimits.rounds + 1, scores: nil)),
            .plan(unscorable(0), startBarrier: 0, term: 1), .plan(unscorable(1001), startBarrier: 0, term: 1),
            .metrics(StepMetrics(round: 1, step: 1, waitSeconds: -1)),
            .metrics(StepMetrics(round: 1, step: .max)),
            .welcome(Welcome(version: 1, member: .core(), sessionEpoch: 1, credits: 1, heartbeat_ms: 0, lease_ms: 9)),
        ]
        for message in refused {
            #expect(throws: WireError.self, "\(message.name)") { try ControlCodec.encode(message) }
        }
    }

    private func scores(_ change: (inout GeneratorScores) -> Void) -> RoundScores {
        var scores = Samples.scores
        change(&scores)
        return RoundScores(run: 1, round: 1, scores: scores)
    }

    private func unscorable(_ samples: UInt32) -> Plan {
        var plan = Samples.plan
        plan.scoring = ScoringSettings(every: 1, samples: samples)
        return plan
    }

    /// The same numbers from a peer that does not check them.
    @Test func scoresThatAreNoNumbersAreRefused() throws {
        let bytes = try ControlCodec.encode(.scores(RoundScores(run: 7, round: 2, scores: Samples.scores)))
        let score = withUnsafeBytes(of: 2.5.bitPattern.littleEndian) { Array($0) }
        let place = try #require(bytes.firstRange(of: score))
        var wrong = bytes
        wrong.replaceSubrange(place, with: withUnsafeBytes(of: Double.nan.bitPattern.littleEndian) { Array($0) })
        #expect(refusal(wrong)?.contains("image score nan cannot be") == true, "\(refusal(wrong) ?? "taken")")
    }

    @Test func tagsOutOfOrderOrTwiceAreRefused() throws {
        let bytes = try ControlCodec.encode(.hello(Samples.hello))
        let (arch, site) = (Array("arch".utf8), Array("site".utf8))
        let first = try #require(bytes.firstRange(of: arch))
        let second = try #require(bytes.firstRange(of: site))
        var swapped = bytes
        swapped.replaceSubrange(first, with: site)
        #expect(refusal(swapped)?.contains("out of order or there twice") == true)
        swapped.replaceSubrange(second, with: arch)
        #expect(refusal(swapped)?.contains("out of order or there twice") == true)
    }
}
