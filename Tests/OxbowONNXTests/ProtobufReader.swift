/// A protobuf message taken apart: what its fields hold, in order.
struct ProtobufReader {
    enum Value {
        case varint(UInt64)
        case fixed32(UInt32)
        case bytes([UInt8])
    }
    private(set) var fields: [(number: Int, value: Value)] = []

    /// nil where the bytes are no message.
    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let key = Self.varint(&rest) else { return nil }
            switch key & 7 {
            case 0:
                guard let value = Self.varint(&rest) else { return nil }
                fields.append((Int(key >> 3), .varint(value)))
            case 2:
                guard let count = Self.varint(&rest), count <= rest.count else { return nil }
                fields.append((Int(key >> 3), .bytes(Array(rest.prefix(Int(count))))))
                rest = rest.dropFirst(Int(count))
            case 5:
                guard rest.count >= 4 else { return nil }
                fields.append((Int(key >> 3), .fixed32(rest.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) })))
                rest = rest.dropFirst(4)
            default: return nil
            }
        }
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var (value, shift) = (UInt64(0), UInt64(0))
        while shift < 64, let byte = rest.popFirst() {
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }

    func bytes(_ number: Int) -> [[UInt8]] {
        fields.compactMap { if $0.number == number, case .bytes(let bytes) = $0.value { bytes } else { nil } }
    }
    func texts(_ number: Int) -> [String] { bytes(number).map { String(decoding: $0, as: UTF8.self) } }
    func text(_ number: Int) -> String { texts(number).first ?? "" }
    func messages(_ number: Int) -> [ProtobufReader] { bytes(number).compactMap(ProtobufReader.init) }
    func integers(_ number: Int) -> [Int] {
        fields.compactMap {
            if $0.number == number, case .varint(let value) = $0.value { Int(Int64(bitPattern: value)) } else { nil }
        }
    }
    func floats(_ number: Int) -> [Float] {
        fields.compactMap { if $0.number == number, case .fixed32(let bits) = $0.value { Float(bitPattern: bits) } else { nil } }
    }
}
