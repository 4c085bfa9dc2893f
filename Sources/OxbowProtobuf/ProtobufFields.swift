/// Fields of a protobuf message, in the order in which they are added.
///
/// For formats of other projects (TensorBoard's events, ONNX) of whose large schemas a dozen fields are written and none is
/// read. Oxbow's own messages are encoded by protobuf-c.
public struct ProtobufFields {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// The ways in which the format lays out a field.
    private enum Kind: UInt64 {
        case varint = 0
        case eightBytes = 1
        case lengthAndBytes = 2
        case fourBytes = 5
    }

    /// As int32, int64 and enums are written.
    public mutating func integer(_ number: Int, _ value: Int) {
        key(number, .varint)
        varint(UInt64(bitPattern: Int64(value)))
    }

    public mutating func double(_ number: Int, _ value: Double) {
        key(number, .eightBytes)
        littleEndian(value.bitPattern)
    }

    public mutating func float(_ number: Int, _ value: Float) {
        key(number, .fourBytes)
        littleEndian(value.bitPattern)
    }

    public mutating func text(_ number: Int, _ value: String) { bytes(number, Array(value.utf8)) }

    public mutating func message(_ number: Int, _ value: ProtobufFields) { bytes(number, value.bytes) }

    public mutating func bytes(_ number: Int, _ value: [UInt8]) {
        key(number, .lengthAndBytes)
        varint(UInt64(value.count))
        bytes += value
    }

    private mutating func key(_ number: Int, _ kind: Kind) { varint(UInt64(number) << 3 | kind.rawValue) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func littleEndian(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
