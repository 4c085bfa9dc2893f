import Testing

@testable import OxbowWire

/// The bytes of version 1. If one of these changes, peers of two releases no longer understand each other.
@Suite struct GoldenTests {
    @Test func envelopesHaveTheirBytes() throws {
        for (name, envelope) in Samples.envelopes {
            let bytes = hex(try EnvelopeCodec.encode(envelope))
            #expect(bytes == Self.envelopes[name], "\(name)")
        }
        #expect(Self.envelopes.count == Samples.envelopes.count)
    }

    @Test func controlMessagesHaveTheirBytes() throws {
        for (name, message) in Samples.messages {
            let bytes = hex(try ControlCodec.encode(message))
            #expect(bytes == Self.messages[name], "\(name)")
        }
        #expect(Self.messages.count == Samples.messages.count)
    }

    @Test func aBodyHasItsBytes() throws {
        let tensor = OwnTensor(spec: TensorSpec(name: "t", shape: [1, 2]), bytes: [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
        #expect(hex(try encodeBody([tensor])) == Self.body)
    }

    private static let envelopes: [String: String] = [
        "control": "0801110000000000000000200028007200",
        "control from the broker": "0801118877665544332211200228047200",
        "bulk": "08011107000000000000001a0408001005200128007a0c080310021811200328003005",
        "extreme":
            "08ffffffff0f11ffffffffffffffff1a0608011080804020ffffffff0f28ffffffff0f7a1908ffffffff0f1080808008"
            + "1880808080042007280130808040",
    ]
    private static let messages: [String: String] = [
        "hello":
            "0a6d080110011a05617474696320002a05736d616c6c3000390807060504030201423208808080802010041a04617678"
            + "322100000000000029402a0b0a046172636812037838362a0c0a04736974651204686f6d654a0b08d804101c181c2001"
            + "280a52020304590900000000000000",
        "welcome": "121208011204080010051802200428e80730904e",
        "plan":
            "1ab0010aa901090900000000000000112a000000000000001a1309000000000000e03f101c181c2001280a3064204028"
            + "0a305e3a24092d431cebe2362a3f11000000000000e03f192b8716d9cef7ef3f213a8c30e28e79453e42150801100018"
            + "002000280231000000000000f83f38084a1d0800120561747469631a05736d616c6c2208080010001800200028d8044a"
            + "1e080312066761726167651a056c617267652208080110021801200028b00910041806",
        "ready": "2224080412200008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8",
        "step control": "2a1c080612040003ac0222060802101118003a0a0a060802101118011001",
        "step control at a barrier": "2a1008061202000322060802101118014002",
        "step control after a barrier": "2a0a08061202000328024a00",
        "pause": "2a0608071a003200",
        "barrier saved": "3226080610021a200008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8",
        "metrics":
            "3a3a0802101119000000000000e03f21000000000000f0ff29000000000000f43f31000000000000e83f390000000000"
            + "00c03f410000000000000000",
        "aggregation": "422c080412280800100119000000000000d03f21000000000000f07f29000000000000e03f31000000000000c03f",
        "heartbeat": "4a06080110021811",
        "error": "521408041210616e206f6c6465722073657373696f6e",
        "goodbye": "5a090a0773746f70706564",
    ]
    private static let body =
        "4f5842540100000011000000480000000a0f0a0174100118002202010228003008000000000000000000000000000000"
        + "000000000000000000000000000000000000803f000000c0"
}
