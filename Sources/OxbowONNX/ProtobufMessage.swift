/// A protobuf message that is being written: fields in the order in which they are added.
///
/// ONNX's schema is another project's and large. A dozen of its fields are written and none is read here, so these few lines
/// stand for a generated copy of it.
struct ProtobufMessage {
    private(set) var bytes: [UInt8] = []

    /// The ways in which the format lays out a field.
    private enum WireType: Int {
        case varint = 0
        case lengthDelimited = 2
        case fixed32 = 5
    }

    mutating func add(_ field: Int, _ value: Int) {
        key(field, .varint)
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func add(_ field: Int, _ value: Float) {
        key(field, .fixed32)
        append(value.bitPattern)
    }

    mutating func add(_ field: Int, _ text: String) { add(field, bytes: Array(text.utf8)) }

    mutating func add(_ field: Int, _ message: ProtobufMessage) { add(field, bytes: message.bytes) }

    mutating func add(_ field: Int, bytes: [UInt8]) {
        key(field, .lengthDelimited)
        varint(UInt64(bytes.count))
        self.bytes += bytes
    }

    private mutating func key(_ field: Int, _ type: WireType) { varint(UInt64(field << 3 | type.rawValue)) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
