import OxbowProtocol
import Testing

@testable import OxbowWire

/// Bodies between operators and the broker: bytes, truncation, refusals.
@Suite struct OperatorTests {
    static let commands: [(name: String, value: OperatorCommand)] = [
        ("hello", .hello),
        ("submit", .submit(Submission(name: "base", imageHeight: 32, imageChannels: 3, classes: 4, experiment: "rounds: 1\n"))),
        ("list", .list), ("status", .status), ("logs", .logs(run: "base", offset: 1 << 40, mostBytes: 4096)),
        ("stop", .stop(run: "base", reason: "done")), ("files", .files(run: "base")),
        ("fetch", .fetch(run: "base", file: "samples/a.png", offset: 7, mostBytes: 1 << 20)),
    ]
    static let proof = (0..<32).map { UInt8($0) }
    static let request = OperatorRequest(challenge: proof, mac: proof.reversed(), command: [0x1a, 0])
    static let reply = OperatorReply(
        nextChallenge: proof, code: .unknownRun, message: "this broker knows no run 'x'", totalBytes: 1 << 33, content: [1, 2])

    private func decodeCommand(_ bytes: [UInt8]) throws -> OperatorCommand {
        try bytes.withUnsafeBytes { try OperatorCodec.decodeCommand($0) }
    }
    private func decodeRequest(_ bytes: [UInt8]) throws -> OperatorRequest {
        try bytes.withUnsafeBytes { try OperatorCodec.decodeRequest($0) }
    }
    private func decodeReply(_ bytes: [UInt8]) throws -> OperatorReply {
        try bytes.withUnsafeBytes { try OperatorCodec.decodeReply($0) }
    }

    @Test func everythingHasItsBytesAndComesBack() throws {
        for (name, command) in Self.commands {
            let bytes = try OperatorCodec.encode(command)
            #expect(hex(bytes) == Self.golden[name], "\(name)")
            #expect(try decodeCommand(bytes) == command, "\(name)")
        }
        let request = try OperatorCodec.encode(Self.request)
        #expect(hex(request) == Self.golden["request"])
        #expect(try decodeRequest(request) == Self.request)
        let reply = try OperatorCodec.encode(Self.reply)
        #expect(hex(reply) == Self.golden["reply"])
        #expect(try decodeReply(reply) == Self.reply)
        #expect(Self.golden.count == Self.commands.count + 2)
        let envelope = try EnvelopeCodec.encode(Envelope(version: 1, content: .operator))
        #expect(hex(envelope) == "0801110000000000000000200028008a0100")
    }

    @Test func noPrefixDecodes() throws {
        for (name, command) in Self.commands {
            let bytes = try OperatorCodec.encode(command)
            for length in bytes.indices {
                #expect(throws: WireError.self, "\(name), \(length)") { try decodeCommand(Array(bytes.prefix(length))) }
            }
        }
        let (request, reply) = (try OperatorCodec.encode(Self.request), try OperatorCodec.encode(Self.reply))
        for length in request.indices {
            #expect(throws: WireError.self) { try decodeRequest(Array(request.prefix(length))) }
        }
        for length in reply.indices { #expect(throws: WireError.self) { try decodeReply(Array(reply.prefix(length))) } }
    }

    @Test func limitsHoldOnBothSides() throws {
        let long = String(repeating: "x", count: WireLimits.runNameBytes + 1)
        let refused: [OperatorCommand] = [
            .submit(Submission(name: long, experiment: "")),
            .submit(Submission(experiment: String(repeating: "x", count: WireLimits.experimentBytes + 1))),
            .stop(run: long, reason: ""), .files(run: "a\0b"), .logs(run: "a", offset: 0, mostBytes: 1 << 20 + 1),
            .fetch(run: "a", file: String(repeating: "x", count: WireLimits.runFileBytes + 1), offset: 0, mostBytes: 1),
        ]
        for command in refused { #expect(throws: WireError.self) { try OperatorCodec.encode(command) } }
        let most = Submission(experiment: String(repeating: "x", count: WireLimits.experimentBytes))
        let bytes = try OperatorCodec.encode(.submit(most))
        #expect(try decodeCommand(bytes) == .submit(most))
        let request = OperatorRequest(challenge: Self.proof, mac: Self.proof, command: bytes)
        #expect(try decodeRequest(OperatorCodec.encode(request)) == request)
        #expect(throws: WireError.self) { try decodeRequest([UInt8](repeating: 0, count: WireLimits.operatorRequestBytes + 1)) }
        var full = Self.reply
        full.content = [UInt8](repeating: 7, count: WireLimits.operatorContentBytes)
        #expect(try decodeReply(OperatorCodec.encode(full)) == full)
        full.content.append(7)
        #expect(throws: WireError.self) { try OperatorCodec.encode(full) }
    }

    @Test func aProofHasItsLengthAndItsOtherHalf() throws {
        for (challenge, mac) in [(31, 32), (32, 31), (33, 32), (0, 32), (32, 0)] {
            let request = OperatorRequest(
                challenge: [UInt8](repeating: 1, count: challenge), mac: [UInt8](repeating: 1, count: mac), command: [])
            #expect(throws: WireError.self, "\(challenge), \(mac)") { try OperatorCodec.encode(request) }
        }
        let raw = RawMessage.build {
            $0.block(1, [1, 2, 3])
            $0.block(2, [])
            $0.block(3, [])
        }
        #expect(throws: WireError.self) { try decodeRequest(raw) }
    }

    @Test func twoCommandsOrUnknownCodesAreRefused() throws {
        let (list, status) = (try OperatorCodec.encode(.list), try OperatorCodec.encode(.status))
        #expect(throws: WireError.self) { try decodeCommand(list + status) }
        #expect(throws: WireError.self) { try decodeCommand([]) }
        let unknown = RawMessage.build {
            $0.block(1, [])
            $0.number(2, 99)
            $0.block(3, [])
            $0.number(4, 0)
            $0.block(5, [])
        }
        #expect(throws: WireError.self) { try decodeReply(unknown) }
    }

    @Test(arguments: [1, 2] as [UInt64]) func changedBytesNeverCrash(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let originals =
            try Self.commands.map { try OperatorCodec.encode($0.value) }
            + [OperatorCodec.encode(Self.request), OperatorCodec.encode(Self.reply)]
        for _ in 0..<4000 {
            var bytes = originals.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if let command = try? decodeCommand(bytes) { _ = try OperatorCodec.encode(command) }
            if let request = try? decodeRequest(bytes) { _ = try OperatorCodec.encode(request) }
            if let reply = try? decodeReply(bytes) { _ = try OperatorCodec.encode(reply) }
        }
    }

    private static let golden: [String: String] = [
        "hello": "0a00",
        "submit": "121a0a04626173651020181c20032804320a726f756e64733a20310a",
        "list": "1a00",
        "status": "2200",
        "logs": "2a10088080808080201080201a0462617365",
        "stop": "320c0a04626173651204646f6e65",
        "files": "3a060a0462617365",
        "fetch": "421b0a0462617365100718808040220d73616d706c65732f612e706e67",
        "request":
            "0a20000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f12201f1e1d1c1b1a191817161514"
            + "131211100f0e0d0c0b0a090807060504030201001a021a00",
        "reply":
            "0a20000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f10031a1c746869732062726f6b65"
            + "72206b6e6f7773206e6f2072756e202778272080808080202a020102",
    ]
}
