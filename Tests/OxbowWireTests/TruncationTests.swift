import OxbowProtocol
import Testing

@testable import OxbowWire

/// No strict prefix of anything that was encoded decodes.
@Suite struct TruncationTests {
    @Test func everyPrefixOfAnEnvelopeIsRefused() throws {
        for (name, envelope) in Samples.envelopes {
            let bytes = try EnvelopeCodec.encode(envelope)
            for length in bytes.indices {
                #expect(throws: WireError.self, "\(name), \(length) of \(bytes.count)") {
                    try decodeEnvelope(Array(bytes.prefix(length)))
                }
            }
        }
    }

    @Test func everyPrefixOfAControlMessageIsRefused() throws {
        for (name, message) in Samples.messages {
            let bytes = try ControlCodec.encode(message)
            for length in bytes.indices {
                #expect(throws: WireError.self, "\(name), \(length) of \(bytes.count)") {
                    try decodeControl(Array(bytes.prefix(length)))
                }
            }
        }
    }

    @Test func everyPrefixAndEveryExtensionOfABodyIsRefused() throws {
        for tensors in [BodyTests.tensors, [], [OwnTensor(spec: TensorSpec(name: "s", shape: []), bytes: [1, 2, 3, 4])]] {
            let bytes = try encodeBody(tensors)
            for length in bytes.indices {
                #expect(throws: WireError.self, "\(length) of \(bytes.count)") {
                    try decodeBody(Array(bytes.prefix(length)))
                }
            }
            #expect(throws: WireError.self) { try decodeBody(bytes + [0]) }
        }
    }
}
