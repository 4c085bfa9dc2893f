import OxbowProtocol
import Testing

@testable import OxbowWire

/// What peers of earlier releases say is understood: their messages lack the fields that were added since.
@Suite struct EarlierReleaseTests {
    private func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.utf8.count, by: 2).compactMap { start in
            UInt8(hex.dropFirst(start).prefix(2), radix: 16)
        }
    }

    /// Nothing is lost of them, and nothing made up: told again they have the same bytes.
    @Test func whatTheySaidIsUnderstood() throws {
        for (name, text) in EarlierBytes.envelopes {
            #expect(hex(try EnvelopeCodec.encode(decodeEnvelope(bytes(text)))) == text, "\(name)")
        }
        for messages in [EarlierBytes.messages, EarlierBytes.later] {
            for (name, text) in messages { #expect(hex(try ControlCodec.encode(decodeControl(bytes(text)))) == text, "\(name)") }
        }
        #expect(EarlierBytes.envelopes.count == 6 && EarlierBytes.messages.count == 20 && EarlierBytes.later.count == 2)
    }

    @Test func aHelloWithoutADigestHasNone() throws {
        guard case .hello(let hello) = try decodeControl(bytes(try #require(EarlierBytes.messages["hello"]))) else {
            Issue.record("no hello")
            return
        }
        #expect(hello.data.digest.isEmpty && hello.data.samples == 600 && hello.workerID == "attic")
        #expect(hello.link.roundTripSeconds == 0.5 && hello.savedBarriers == [3, 4], "what follows the gap")
    }

    /// The other way round: a field that this release does not know yet, at the end of each message.
    @Test func fieldsOfLaterReleasesArePassedOver() throws {
        let field = RawMessage.build { $0.number(600, 7) }
        for (name, text) in EarlierBytes.messages {
            let message = try decodeControl(bytes(text))
            #expect(try decodeControl(bytes(text) + field) == message, "\(name)")
        }
    }
}
