import OxbowProtocol

@testable import OxbowWire

func hex(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }.joined()
}

func decodeControl(_ bytes: [UInt8], limit: Int = WireLimits.controlBytes) throws -> ControlMessage {
    try bytes.withUnsafeBytes { try ControlCodec.decode($0, limit: limit) }
}

func decodeEnvelope(_ bytes: [UInt8]) throws -> Envelope {
    try bytes.withUnsafeBytes { try EnvelopeCodec.decode($0) }
}

/// A tensor as a test sees it: its own copy of the elements.
struct OwnTensor: Hashable {
    var spec: TensorSpec
    var bytes: [UInt8]
}

func decodeBody(_ bytes: [UInt8], limit: Int = WireLimits.bodyBytes) throws -> [OwnTensor] {
    try bytes.withUnsafeBytes { buffer in
        try BodyDecoder.decode(buffer, limit: limit).map { OwnTensor(spec: $0.spec, bytes: [UInt8]($0.bytes)) }
    }
}

func encodeBody(_ tensors: [OwnTensor]) throws(WireError) -> [UInt8] {
    let encoder = try BodyEncoder(tensors.map(\.spec))
    return [UInt8](unsafeUninitializedCapacity: encoder.byteCount) { buffer, count in
        // Not zeroed memory: what the encoder leaves untouched must show.
        let raw = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: encoder.byteCount)
        for index in raw.indices { raw[index] = 0xee }
        encoder.encode(into: raw) { index, target in target.copyBytes(from: tensors[index].bytes) }
        count = encoder.byteCount
    }
}

/// Builds protobuf bytes by hand, to say what no honest encoder says.
struct RawMessage {
    var bytes: [UInt8] = []

    static func varint(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    mutating func number(_ field: UInt64, _ value: UInt64) { bytes += Self.varint(field << 3) + Self.varint(value) }
    mutating func fixed64(_ field: UInt64, _ value: UInt64) {
        bytes += Self.varint(field << 3 | 1)
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }
    mutating func block(_ field: UInt64, _ content: [UInt8]) {
        bytes += Self.varint(field << 3 | 2) + Self.varint(UInt64(content.count)) + content
    }

    static func build(_ fill: (inout RawMessage) -> Void) -> [UInt8] {
        var message = RawMessage()
        fill(&message)
        return message.bytes
    }
}

/// A small seeded generator, so that a failing case can be run again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
