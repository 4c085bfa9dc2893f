import OxbowProtocol
import Testing

@testable import OxbowWire

/// Bytes changed at random: refused or decoded, never a crash. What decodes encodes again, to bytes that mean the same.
@Suite struct FuzzTests {
    private static let rounds = 4000

    @Test(arguments: [1, 2, 3] as [UInt64]) func changedControlMessagesNeverCrash(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let originals = try Samples.messages.map { try ControlCodec.encode($0.value) }
        var decoded = 0
        for _ in 0..<Self.rounds {
            let bytes = mutated(originals, &random)
            guard let message = try? decodeControl(bytes) else { continue }
            decoded += 1
            let again = try ControlCodec.encode(message)
            #expect(try ControlCodec.encode(decodeControl(again)) == again, "\(hex(bytes))")
        }
        #expect(decoded > 0 && decoded < Self.rounds)
    }

    @Test(arguments: [4, 5] as [UInt64]) func changedEnvelopesNeverCrash(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let originals = try Samples.envelopes.map { try EnvelopeCodec.encode($0.value) }
        for _ in 0..<Self.rounds {
            let bytes = mutated(originals, &random)
            guard let envelope = try? decodeEnvelope(bytes) else { continue }
            #expect(try decodeEnvelope(EnvelopeCodec.encode(envelope)) == envelope, "\(hex(bytes))")
        }
    }

    @Test(arguments: [6, 7] as [UInt64]) func changedBodiesNeverCrash(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let originals = try [BodyTests.tensors, []].map { try encodeBody($0) }
        for _ in 0..<Self.rounds {
            var bytes = mutated(originals, &random)
            // Half of the time the length is mended, so that the header is reached.
            if bytes.count >= 16, Bool.random(using: &random) {
                withUnsafeBytes(of: UInt32(bytes.count).littleEndian) { bytes.replaceSubrange(12..<16, with: $0) }
            }
            guard let tensors = try? decodeBody(bytes) else { continue }
            #expect(try decodeBody(encodeBody(tensors)) == tensors, "\(hex(bytes))")
        }
    }

    @Test func randomBytesNeverCrash() {
        var random = SplitMix(state: 8)
        for _ in 0..<20000 {
            let bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = try? decodeControl(bytes)
            _ = try? decodeEnvelope(bytes)
            _ = try? decodeBody([0x4f, 0x58, 0x42, 0x54, 1, 0, 0, 0] + bytes)
        }
    }

    private func mutated(_ originals: [[UInt8]], _ random: inout SplitMix) -> [UInt8] {
        var bytes = originals.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where place < bytes.count, 1 where place < bytes.count:
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            case 4 where place < bytes.count: bytes.remove(at: place)
            default:
                let other = originals.randomElement(using: &random) ?? []
                bytes.replaceSubrange(place..., with: other.dropFirst(Int.random(in: 0...other.count, using: &random)))
            }
        }
        return bytes
    }
}
