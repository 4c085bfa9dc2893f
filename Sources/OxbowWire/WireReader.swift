/// Walks over protobuf's wire format. Every read is checked; nil means the bytes end or are no such thing.
struct WireReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            guard offset < bytes.count else { return nil }
            let byte = bytes[offset]
            offset += 1
            // The tenth byte has room for one bit only.
            if shift == 63, byte > 1 { return nil }
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        return nil
    }

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, count <= bytes.count - offset else { return nil }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    /// A length and that many bytes.
    mutating func block() -> UnsafeRawBufferPointer? {
        guard let length = varint(), let count = Int(exactly: length) else { return nil }
        return take(count)
    }

    /// Field number and wire type. Number 0 and numbers over 2^29 - 1 do not exist; protobuf-c reads 5 bytes at most.
    mutating func tag() -> (number: UInt32, wire: WireType)? {
        let start = offset
        guard let key = varint(), offset - start <= 5, key >> 3 >= 1, key >> 3 < 1 << 29,
            let wire = WireType(rawValue: UInt8(key & 7))
        else { return nil }
        return (UInt32(key >> 3), wire)
    }

    /// Passes over a field's value.
    mutating func skip(_ wire: WireType) -> Bool {
        switch wire {
        case .varint: varint() != nil
        case .fixed64: take(8) != nil
        case .block: block() != nil
        case .fixed32: take(4) != nil
        }
    }
}

/// protobuf's wire types; the two of groups are not accepted.
enum WireType: UInt8 {
    case varint = 0
    case fixed64 = 1
    case block = 2
    case fixed32 = 5
}
