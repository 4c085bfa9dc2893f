import OxbowProtocol
import OxbowWire

// What decodes is canonical after one round: encoded, it decodes to what encodes to the same bytes. Values cannot be
// compared themselves, since losses may be NaN; bytes of unknown fields are not kept, so the first bytes may differ.
extension FuzzTarget {
    static let envelope = codec(
        "envelope", limit: WireLimits.envelopeBytes, { try EnvelopeCodec.decode($0) }, { try EnvelopeCodec.encode($0) },
        seeds: WireSeeds.envelopes)

    static let control = codec(
        "control", limit: WireLimits.controlBytes, { try ControlCodec.decode($0) }, { try ControlCodec.encode($0) },
        seeds: WireSeeds.messages)

    /// The first bytes say which of the three messages of operators is tried.
    static let operatorMessages = FuzzTarget(
        name: "operator",
        run: { bytes in
            roundTrip(
                bytes, limit: WireLimits.operatorRequestBytes, { try OperatorCodec.decodeRequest($0) },
                { try OperatorCodec.encode($0) })
            roundTrip(
                bytes, limit: WireLimits.operatorReplyBytes, { try OperatorCodec.decodeReply($0) },
                { try OperatorCodec.encode($0) })
            roundTrip(
                bytes, limit: WireLimits.operatorCommandBytes, { try OperatorCodec.decodeCommand($0) },
                { try OperatorCodec.encode($0) })
        },
        seeds: WireSeeds.operatorMessages)

    /// The first bytes say which of the two messages is tried.
    static let enrolment = FuzzTarget(
        name: "enrolment",
        run: { bytes in
            roundTrip(
                bytes, limit: WireLimits.enrolmentBytes, { try EnrolmentCodec.decodeRequest($0) },
                { try EnrolmentCodec.encode($0) })
            roundTrip(
                bytes, limit: WireLimits.enrolmentBytes, { try EnrolmentCodec.decodeReply($0) },
                { try EnrolmentCodec.encode($0) })
        },
        seeds: WireSeeds.enrolment)

    private static func codec<Value>(
        _ name: String, limit: Int, _ decode: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Value,
        _ encode: @escaping @Sendable (Value) throws -> [UInt8], seeds: @escaping @Sendable () throws -> [String: [UInt8]]
    ) -> FuzzTarget {
        FuzzTarget(name: name, run: { roundTrip($0, limit: limit, decode, encode) }, seeds: seeds)
    }

    private static func roundTrip<Value>(
        _ bytes: UnsafeRawBufferPointer, limit: Int, _ decode: (UnsafeRawBufferPointer) throws -> Value,
        _ encode: (Value) throws -> [UInt8]
    ) {
        guard let value = withinMemory(decodingMemory(bytes.count), { try? decode(bytes) }) else { return }
        guard let first = try? encode(value) else { return require(false, "\(value) was decoded and cannot be encoded") }
        require(first.count <= limit, "\(first.count) bytes were encoded, the limit is \(limit)")
        let again = first.withUnsafeBytes { try? decode($0) }
        require(again.map { (try? encode($0)) == first } == true, "\(value) does not come back from \(first)")
    }

    /// Unpacking may take 64 KiB and 16 times the message (`WireLimits`); the value made of it is allowed as much again.
    static func decodingMemory(_ byteCount: Int) -> Int { 2 * ((64 << 10) + 16 * byteCount) }
}
