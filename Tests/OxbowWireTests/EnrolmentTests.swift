import OxbowProtocol
import Testing

@testable import OxbowWire

/// Bodies about enrolment: bytes, truncation, refusals.
@Suite struct EnrolmentTests {
    private static let key = (0..<32).map { UInt8($0) }
    private static let request = EnrolmentRequest(
        publicKey: key, workerID: "attic", role: .edge, tier: "small", tags: ["site": "berlin"])
    private static let reply = EnrolmentReply(workerID: "attic", slot: 7)
    private static let goldenRequest =
        "0a20000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f1205617474696318002205736d616c6c"
        + "2a0e0a047369746512066265726c696e"

    private func request(_ bytes: [UInt8]) throws -> EnrolmentRequest {
        try bytes.withUnsafeBytes { try EnrolmentCodec.decodeRequest($0) }
    }
    private func reply(_ bytes: [UInt8]) throws -> EnrolmentReply {
        try bytes.withUnsafeBytes { try EnrolmentCodec.decodeReply($0) }
    }

    @Test func everythingHasItsBytesAndComesBack() throws {
        let asked = try EnrolmentCodec.encode(Self.request)
        #expect(hex(asked) == Self.goldenRequest)
        #expect(try request(asked) == Self.request)
        let said = try EnrolmentCodec.encode(Self.reply)
        #expect(hex(said) == "0800120561747469631807" + "2200")
        #expect(try reply(said) == Self.reply)
        let refusal = EnrolmentReply(code: .spent, message: "the token is used up")
        #expect(try reply(EnrolmentCodec.encode(refusal)) == refusal)
        for length in asked.indices where length < 50 {
            #expect(throws: WireError.self) { try request(Array(asked.prefix(length))) }
        }
        for length in said.indices { #expect(throws: WireError.self) { try reply(Array(said.prefix(length))) } }
    }

    @Test func whatCannotBeIsNotSent() throws {
        func refused(_ change: (inout EnrolmentRequest) -> Void) {
            var request = Self.request
            change(&request)
            #expect(throws: WireError.self) { try EnrolmentCodec.encode(request) }
        }
        refused { $0.publicKey = [1, 2] }
        refused { $0.workerID = "" }
        refused { $0.workerID = String(repeating: "x", count: WireLimits.workerIDBytes + 1) }
        refused { $0.tier = String(repeating: "x", count: WireLimits.tierBytes + 1) }
        refused { $0.tags = Dictionary(uniqueKeysWithValues: (0...WireLimits.tags).map { ("\($0)", "") }) }
        #expect(throws: WireError.self) { try EnrolmentCodec.encode(EnrolmentReply()) }
        #expect(throws: WireError.self) { try EnrolmentCodec.encode(EnrolmentReply(code: .spent, workerID: "x")) }
        #expect(throws: WireError.self) { try request([UInt8](repeating: 0, count: WireLimits.enrolmentBytes + 1)) }
    }
}
